import type { Operation } from '../saga/decide.ts';
import type { SagaEvent } from '../saga/event.ts';
import type { Json } from '../saga/json.ts';
import type { SagaState } from '../saga/state.ts';
import type { Pause } from '../stores/pause.ts';
import type { TraceRef } from '../stores/saga-log.ts';
import { parseTraceparent } from '../trace-context.ts';
import type { RefusalReason } from './refusal.ts';

/** One attempt being traced. */
export type AttemptSpan = {
  /** Sent to the participant, so that its spans hang below this one. */
  readonly traceparent: string;
  readonly trace: TraceRef;
  end(outcome: string, failure?: { readonly code: string; readonly message: string }): void;
};

/** Names the saga that an observation is about. */
export type SagaRef = {
  readonly sagaId: string;
  readonly epoch: number;
  /** W3C traceparent of the request that started the saga. */
  readonly traceparent: string;
  /** Whether this driver took the saga over from another one. */
  readonly recovered: boolean;
  readonly input: Json;
};

export type BreakerState = 'closed' | 'open' | 'half-open';

/** How the engine tells what it does. Every method returns at once and never throws. */
export type Observer = {
  attempt(saga: SagaRef, operation: Operation): AttemptSpan;
  /** An event became durable. `state` is the saga's state after it; `acceptedAtMs` tells its age. */
  recorded(
    saga: SagaRef,
    event: SagaEvent,
    after: { readonly state: SagaState; readonly acceptedAtMs: number; readonly atMs: number },
  ): void;
  /** This process has no part in the saga any more: somebody else has it, or it ended unseen. */
  released(saga: SagaRef): void;
  refusedAdmission(why: RefusalReason): void;
  breakerChanged(participant: string, state: BreakerState): void;
  /** What holds calls back from now on; empty when nothing does. */
  pausesChanged(pauses: readonly Pause[]): void;
  /** Something that an operator should know and that stops nothing, e.g. a log that cannot be written. */
  trouble(what: string, details: { readonly sagaId?: string; readonly error: unknown }): void;
};

const noTrace: TraceRef = { traceId: '0'.repeat(32), spanId: '0'.repeat(16) };

/** The trace and span of a traceparent; zeros when it is malformed. */
export function traceRefFrom(traceparent: string): TraceRef {
  const { traceId, spanId } = parseTraceparent(traceparent) ?? noTrace;
  return { traceId, spanId };
}
