import type { Operation } from '../saga/decide.ts';
import type { Cause } from '../saga/event.ts';
import type { Json } from '../saga/json.ts';
import type { Failure, Finding, Outcome } from '../saga/outcome.ts';

/** One call to a participant, with everything that must travel with it. */
export type ParticipantCall = {
  readonly sagaId: string;
  readonly operation: Operation;
  /** Same for every attempt of this action or compensation. */
  readonly idempotencyKey: string;
  /** Fencing token: the participant refuses a call with a lower epoch than it has seen. */
  readonly epoch: number;
  /** W3C traceparent of the span of this attempt. */
  readonly traceparent: string;
  readonly input: Json;
  /** Why the saga turned back; set for compensations. */
  readonly cause?: Cause;
  /** When the saga was accepted. */
  readonly acceptedAtMs: number;
};

/** The participant has seen a higher epoch: another driver owns the saga, and this one must stop. */
export type Fenced = { readonly kind: 'fenced' };

/** The participant could not be reached, so the call never left. It is no attempt: the saga waits until it can be. */
export type Unreached = { readonly kind: 'unreached'; readonly failure: Failure };

/**
 * Where the engine's calls go. Implementations put a deadline of `operation.timeoutMs` on every call, never retry, and
 * never throw: whatever goes wrong is an outcome, and what cannot be told apart is `inDoubt`.
 */
export type Participant = {
  perform(call: ParticipantCall): Promise<Outcome | Fenced | Unreached>;
  /** Asks what became of the step's action. */
  inquire(call: ParticipantCall): Promise<Finding | Unreached>;
  /** Whether a call would reach somebody now, whatever the answer. Takes a few seconds at most, and never throws. */
  isReachable(): Promise<boolean>;
};
