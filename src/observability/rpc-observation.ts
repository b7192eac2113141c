import {
  ClientError,
  type ClientMiddleware,
  Metadata,
  ServerError,
  type ServerMiddleware,
  Status,
} from 'nice-grpc-common';
import { metadataKeys } from '../rpc/metadata-keys.ts';
import { parseTraceparent, type TraceContext, traceparentFrom } from '../trace-context.ts';
import type { Instruments } from './instruments.ts';
import { spanAttributes } from './span-attributes.ts';
import type { SpanDraft, SpanSink } from './span-draft.ts';
import type { TraceIds } from './trace-ids.ts';

export type RpcTracing = { readonly sink: SpanSink; readonly ids: TraceIds };

export type RpcObservationDeps = {
  readonly service: string;
  readonly now: () => number;
  readonly tracing: RpcTracing | undefined;
};

/**
 * Measures every unary call served, and records a SERVER span for those whose caller records. The implementation then
 * finds the span's own traceparent in its metadata. Streams pass: they may last for ever.
 */
export function rpcServerObservation(
  { service, now, tracing }: RpcObservationDeps,
  { rpcDuration }: Instruments,
): ServerMiddleware {
  return async function* observeServed(call, context) {
    if (call.requestStream || call.responseStream) return yield* call.next(call.request, context);
    const startedAt = performance.now();
    const span = tracing && beginSpan(tracing, context.metadata, now);
    const inner = span ? { ...context, metadata: withTraceparent(context.metadata, span.own) } : context;
    const method = call.method.path.slice(1);
    let code: Status = Status.OK;
    try {
      return yield* call.next(call.request, inner);
    } catch (thrown) {
      code = thrown instanceof ServerError ? thrown.code : statusOfOther(thrown);
      throw thrown;
    } finally {
      const status = Status[code] ?? 'UNKNOWN';
      const elapsedMs = performance.now() - startedAt;
      const labels = { service, rpc_method: method, rpc_response_status_code: status };
      rpcDuration.observe(labels, elapsedMs / 1_000, span?.own);
      const error = serverFaults.has(code) ? status : undefined;
      span?.end({ service, kind: 'server', metadata: context.metadata, method, status, error });
    }
  };
}

/**
 * Records a CLIENT span for calls whose request is recorded, so that reads show in its trace too. Attempts of a saga
 * have their span already: it is made by the engine's observer.
 */
export function rpcClientObservation({ service, now, tracing }: RpcObservationDeps): ClientMiddleware {
  return async function* observeCall(call, options) {
    const metadata = Metadata(options.metadata);
    const isAttempt = metadata.get(metadataKeys.step) !== undefined;
    const span =
      tracing && !isAttempt && !call.responseStream ? beginSpan(tracing, metadata, now) : undefined;
    if (span === undefined) return yield* call.next(call.request, options);
    let code: Status = Status.OK;
    try {
      return yield* call.next(call.request, { ...options, metadata: withTraceparent(metadata, span.own) });
    } catch (thrown) {
      code = thrown instanceof ClientError ? thrown.code : statusOfOther(thrown);
      throw thrown;
    } finally {
      const status = Status[code] ?? 'UNKNOWN';
      const error = code === Status.OK ? undefined : status;
      span.end({ service, kind: 'client', metadata, method: call.method.path.slice(1), status, error });
    }
  };
}

/** @see https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ (which codes are the server's fault) */
const serverFaults: ReadonlySet<Status> = new Set([
  Status.UNKNOWN,
  Status.DEADLINE_EXCEEDED,
  Status.UNIMPLEMENTED,
  Status.INTERNAL,
  Status.UNAVAILABLE,
  Status.DATA_LOSS,
]);

const statusOfOther = (thrown: unknown): Status =>
  thrown instanceof Error && thrown.name === 'AbortError' ? Status.CANCELLED : Status.UNKNOWN;

type Ended = {
  readonly service: string;
  readonly kind: 'server' | 'client';
  readonly metadata: Metadata;
  /** `package.Service/Method`. */
  readonly method: string;
  readonly status: string;
  readonly error: string | undefined;
};

function beginSpan({ ids, sink }: RpcTracing, metadata: Metadata, now: () => number) {
  const caller = parseTraceparent(metadata.get(metadataKeys.traceparent));
  if (caller === undefined || !caller.sampled) return undefined;
  const startMs = now();
  const startedAt = performance.now();
  const own: TraceContext = { traceId: caller.traceId, spanId: ids.spanId(), sampled: true };
  return {
    own,
    end(ended: Ended): void {
      const endMs = startMs + performance.now() - startedAt;
      sink(draftOf(ended, { caller, own, startMs, endMs }));
    },
  };
}

/** @see https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/ */
function draftOf(
  { service, kind, metadata, method, status, error }: Ended,
  span: {
    readonly caller: TraceContext;
    readonly own: TraceContext;
    readonly startMs: number;
    readonly endMs: number;
  },
): SpanDraft {
  const { caller, own, startMs, endMs } = span;
  const step = metadata.get(metadataKeys.step);
  const epoch = metadata.get(metadataKeys.epoch);
  const requestId = metadata.get(metadataKeys.requestId);
  return {
    service,
    kind,
    name: method,
    traceId: own.traceId,
    spanId: own.spanId,
    parent: { spanId: caller.spanId, remote: kind === 'server' },
    startMs,
    endMs,
    attributes: {
      [spanAttributes.rpcSystem]: 'grpc',
      [spanAttributes.rpcMethod]: method,
      [spanAttributes.rpcStatus]: status,
      ...(step !== undefined && { [spanAttributes.step]: step }),
      ...(epoch !== undefined && { [spanAttributes.epoch]: Number(epoch) }),
      ...(requestId !== undefined && { [spanAttributes.requestId]: requestId }),
      ...(error !== undefined && { [spanAttributes.errorType]: error }),
    },
    ...(error !== undefined && { error }),
  };
}

const withTraceparent = (metadata: Metadata, own: TraceContext): Metadata =>
  Metadata(metadata).set(metadataKeys.traceparent, traceparentFrom(own));
