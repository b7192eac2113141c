import type { AttemptSpan, SagaRef } from '../engine/observer.ts';
import type { Operation } from '../saga/decide.ts';
import type { SagaEvent } from '../saga/event.ts';
import { parseTraceparent, type TraceContext, traceparentFrom } from '../trace-context.ts';
import { spanAttributes } from './span-attributes.ts';
import type { SpanDraft, SpanSink, SpanValues } from './span-draft.ts';
import type { TailBuffer } from './tail-buffer.ts';
import type { TraceIds } from './trace-ids.ts';

type Mark = Pick<SpanDraft, 'name' | 'attributes' | 'error'>;
type Failure = { readonly code: string; readonly message: string };

/** An attempt whose span comes into being when it ends. */
export type TracedAttempt = {
  readonly traceparent: string;
  readonly trace: { readonly traceId: string; readonly spanId: string };
  end(outcome: string, failure: Failure | undefined, endMs: number): void;
};

/**
 * The spans of sagas. Each attempt is a child of the request that started the saga, in the same trace for as long as
 * the saga lives; spans of a saga that was taken over also link to that request. See `docs/decisions/0007-traces.md`.
 */
export type SagaTracer = {
  /** Undefined when the saga's traceparent is malformed. */
  attempt(saga: SagaRef, operation: Operation, startMs: number): TracedAttempt | undefined;
  recorded(saga: SagaRef, event: SagaEvent, atMs: number): void;
  /** The request's span, if the saga's trace is recorded; for exemplars. */
  sampledTrace(saga: SagaRef): AttemptSpan['trace'] | undefined;
  /** This process is done with the saga; what is held back is let go. */
  released(saga: SagaRef): void;
};

export type SagaTracerDeps = {
  /** The service that drives sagas. */
  readonly service: string;
  readonly ids: TraceIds;
  readonly buffer: TailBuffer;
  readonly sink: SpanSink;
};

export function createSagaTracer({ service, ids, buffer, sink }: SagaTracerDeps): SagaTracer {
  const isKept = (request: TraceContext, { recovered }: SagaRef): boolean =>
    request.sampled || recovered || buffer.isKept(request.spanId);

  function finish(saga: SagaRef, request: TraceContext, span: Omit<SpanDraft, 'service' | 'traceId'>): void {
    const { traceId, spanId } = request;
    const links = saga.recovered ? { links: [{ traceId, spanId }] } : undefined;
    const draft: SpanDraft = { ...span, service, traceId, parent: { spanId, remote: true }, ...links };
    if (isKept(request, saga)) sink(draft);
    else buffer.add(spanId, draft);
  }

  /** What happened to the saga as a whole and matters, as a span without length, so that searches find it. */
  function mark(saga: SagaRef, atMs: number, { attributes, ...said }: Mark): void {
    const request = parseTraceparent(saga.traceparent);
    if (request === undefined) return;
    if (!request.sampled) buffer.keep(request.spanId);
    const values = { ...sagaValues(saga), ...attributes };
    const times = { startMs: atMs, endMs: atMs };
    finish(saga, request, { ...said, kind: 'internal', spanId: ids.spanId(), ...times, attributes: values });
  }

  /** What happened to a saga as a whole, except for a good end: then there is nothing to search for. */
  function markEvent(saga: SagaRef, event: SagaEvent, atMs: number): void {
    const { step, reason, errorType } = spanAttributes;
    if (event.type === 'CompensationStarted') {
      const { code, step: name } = event.cause;
      const attributes = { [reason]: code, ...(name !== undefined && { [step]: name }) };
      mark(saga, atMs, { name: 'saga turned back', attributes });
    } else if (event.type === 'SagaHalted') {
      const { code } = event.cause;
      const attributes = { [step]: event.step, [reason]: code, [errorType]: code };
      mark(saga, atMs, { name: 'saga halted', attributes, error: code });
    } else if (event.type === 'SagaRecovered') {
      mark(saga, atMs, { name: 'saga recovered', attributes: { [reason]: event.after } });
    }
  }

  function letGo({ traceparent }: SagaRef): void {
    const request = parseTraceparent(traceparent);
    if (request !== undefined && !buffer.isKept(request.spanId)) buffer.drop(request.spanId);
  }

  return {
    attempt(saga, operation, startMs) {
      const request = parseTraceparent(saga.traceparent);
      if (request === undefined) return undefined;
      const { traceId } = request;
      const spanId = ids.spanId();
      return {
        trace: { traceId, spanId },
        traceparent: traceparentFrom({ traceId, spanId, sampled: isKept(request, saga) }),
        end(outcome, failure, endMs) {
          const base = { name: operation.name, kind: 'client', spanId, startMs, endMs } as const;
          finish(saga, request, { ...base, ...attemptValues(saga, operation, { outcome, failure }) });
        },
      };
    },
    recorded(saga, event, atMs) {
      if (event.type === 'SagaStarted') {
        const request = parseTraceparent(saga.traceparent);
        if (request !== undefined && !request.sampled) buffer.open(request.spanId);
      } else if (event.type === 'SagaCompleted') letGo(saga);
      else markEvent(saga, event, atMs);
    },
    sampledTrace(saga) {
      const request = parseTraceparent(saga.traceparent);
      if (request === undefined || !isKept(request, saga)) return undefined;
      return { traceId: request.traceId, spanId: request.spanId };
    },
    released: letGo,
  };
}

const sagaValues = ({ sagaId, epoch, recovered }: SagaRef): SpanValues => ({
  [spanAttributes.sagaId]: sagaId,
  [spanAttributes.epoch]: epoch,
  [spanAttributes.recovered]: recovered,
});

function attemptValues(
  saga: SagaRef,
  { step, name, direction, participant, attempt }: Operation,
  { outcome, failure }: { readonly outcome: string; readonly failure: Failure | undefined },
): Pick<SpanDraft, 'attributes' | 'error'> {
  const attributes: SpanValues = {
    ...sagaValues(saga),
    [spanAttributes.step]: step,
    [spanAttributes.operation]: name,
    [spanAttributes.direction]: direction,
    [spanAttributes.attempt]: attempt,
    [spanAttributes.outcome]: outcome,
    [spanAttributes.peer]: participant,
  };
  if (failure === undefined) return { attributes };
  // A participant's "no" is an answer: the call itself went well.
  if (outcome === 'rejected') return { attributes: { ...attributes, [spanAttributes.reason]: failure.code } };
  return {
    attributes: { ...attributes, [spanAttributes.errorType]: failure.code },
    error: `${failure.code}: ${failure.message}`,
  };
}
