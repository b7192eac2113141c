import type { Instruments } from './instruments.ts';
import { spanAttributes } from './names.ts';
import type { Sampler } from './sampling.ts';
import type { SpanDraft, SpanSink } from './span-draft.ts';
import type { TailBuffer } from './tail-buffer.ts';
import { parseTraceparent, type TraceIds, traceparentFrom } from './traceparent.ts';

/** One HTTP request being served. */
export type HttpSpan = {
  readonly traceId: string;
  readonly spanId: string;
  /** To store with the saga, to send along, and to log with: the request's own span. Always well-formed. */
  readonly traceparent: string;
  /** Only the first call counts. */
  end(ended: HttpSpanEnd): void;
};

export type HttpSpanEnd = {
  /** As answered. */
  readonly status: number;
  /** The template, e.g. `/orders/{id}`; absent when no route matched. */
  readonly route?: string;
  readonly requestId?: string;
  /** The saga that the request started or was about. */
  readonly sagaId?: string;
};

export type HttpSpans = {
  /** Begins when the request came in. `traceparent` is the header as received; a malformed one is ignored. */
  start(request: { readonly method: string; readonly traceparent: string | undefined }): HttpSpan;
};

export type HttpSpansDeps = {
  readonly service: string;
  readonly instruments: Instruments;
  readonly ids: TraceIds;
  readonly now: () => number;
  /** Undefined: ids are made and passed on, nothing is recorded. */
  readonly tracing:
    | { readonly sampler: Sampler; readonly sink: SpanSink; readonly buffer: TailBuffer }
    | undefined;
};

const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);

/** Spans and durations of HTTP requests. Without tracing every request still gets ids that logs and answers can name. */
export function createHttpSpans({ service, instruments, ids, now, tracing }: HttpSpansDeps): HttpSpans {
  return {
    start({ method: given, traceparent }) {
      const startMs = now();
      const startedAt = performance.now();
      const caller = parseTraceparent(traceparent);
      const traceId = caller?.traceId ?? ids.traceId();
      const spanId = ids.spanId();
      const sampled = tracing ? tracing.sampler(traceId, caller) : (caller?.sampled ?? false);
      const method = methods.has(given) ? given : '_OTHER';
      let ended = false;
      return {
        traceId,
        spanId,
        traceparent: traceparentFrom({ traceId, spanId, sampled }),
        end(end) {
          if (ended) return;
          ended = true;
          const elapsedMs = performance.now() - startedAt;
          const kept = tracing !== undefined && (sampled || tracing.buffer.isKept(spanId));
          countRequest(instruments, method, end, elapsedMs, kept ? { traceId, spanId } : undefined);
          if (tracing === undefined) return;
          const parent = caller && { parent: { spanId: caller.spanId, remote: true } };
          const times = { startMs, endMs: startMs + elapsedMs };
          const span = { service, traceId, spanId, ...times, ...parent, ...httpValues(method, end) };
          if (sampled) tracing.sink(span);
          else tracing.buffer.add(spanId, span);
        },
      };
    },
  };
}

function countRequest(
  { httpDuration }: Instruments,
  method: string,
  { status, route }: HttpSpanEnd,
  elapsedMs: number,
  trace: { traceId: string; spanId: string } | undefined,
): void {
  const labels = {
    http_request_method: method,
    http_route: route ?? '',
    http_response_status_code: String(status),
  };
  httpDuration.observe(labels, elapsedMs / 1_000, trace);
}

/** @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span */
function httpValues(
  method: string,
  { status, route, requestId, sagaId }: HttpSpanEnd,
): Pick<SpanDraft, 'name' | 'kind' | 'attributes' | 'error'> {
  return {
    name: route === undefined ? method : `${method} ${route}`,
    kind: 'server',
    attributes: {
      [spanAttributes.httpMethod]: method,
      [spanAttributes.httpStatus]: status,
      ...(route !== undefined && { [spanAttributes.httpRoute]: route }),
      ...(requestId !== undefined && { [spanAttributes.requestId]: requestId }),
      ...(sagaId !== undefined && { [spanAttributes.sagaId]: sagaId }),
      ...(status >= 500 && { [spanAttributes.errorType]: String(status) }),
    },
    ...(status >= 500 && { error: String(status) }),
  };
}
