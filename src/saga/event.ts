import type { Json } from './json.ts';
import type { Failure, Finding, Refusal } from './outcome.ts';

/** Of a call: a step's action, or the compensation that undoes it. */
export type Direction = 'action' | 'compensation';

/** Why a saga turned back. `code` is stable: a refusal's code, a failure's code, or one of the engine's own below. */
export type Cause = {
  /** `cancel_requested`, `deadline_exceeded`, `unavailable` (attempt budget spent), `faulted`, or a refusal's code. */
  readonly code: string;
  /** For operators. */
  readonly message: string;
  /** The step that caused it; absent for a cancel request or the saga's deadline. */
  readonly step?: string;
};

/** Why a saga stopped and waits for a person. */
export type HaltCause = {
  /**
   * `budget_spent`, `rejected`, `faulted`, `in_doubt` (the pivot may or may not have happened) or `poison` (its
   * driver died too often).
   */
  readonly code: 'budget_spent' | 'rejected' | 'faulted' | 'in_doubt' | 'poison';
  readonly message: string;
};

type OfAttempt = {
  readonly step: string;
  /** 1-based over the whole life of the saga, per step and direction. */
  readonly attempt: number;
  readonly durationMs: number;
};

type ByOperator = {
  /** Who asked; `customer` when it came through the order's own cancel route. */
  readonly by: string;
  readonly reason: string;
};

/**
 * Everything that can have happened to a saga, in the past tense.
 *
 * There is no event for "attempt started". Whatever event makes a step current is followed by its call at once, so a
 * log that ends there already says that the call may have happened; `SagaRecovered` turns that into doubt.
 */
export type SagaEvent =
  | {
      readonly type: 'SagaStarted';
      readonly definition: string;
      readonly version: number;
      readonly input: Json;
      readonly deadlineAtMs: number;
    }
  | (OfAttempt & { readonly type: 'StepSucceeded'; readonly answer?: Json })
  | (OfAttempt & { readonly type: 'StepRejected'; readonly refusal: Refusal })
  | (OfAttempt & {
      readonly type: 'AttemptFailed';
      readonly direction: Direction;
      readonly outcome: 'retryable' | 'inDoubt' | 'faulted';
      readonly failure: Failure;
      /** Earliest time of the next attempt, jitter included. */
      readonly retryAtMs: number;
    })
  | (OfAttempt & { readonly type: 'StepInquired'; readonly finding: Finding; readonly retryAtMs: number })
  | { readonly type: 'CompensationStarted'; readonly cause: Cause }
  | (OfAttempt & { readonly type: 'StepCompensated' })
  | (OfAttempt & { readonly type: 'CompensationRejected'; readonly refusal: Refusal })
  | { readonly type: 'SagaCompleted' }
  | { readonly type: 'SagaCompensated' }
  | {
      readonly type: 'SagaHalted';
      readonly step: string;
      readonly direction: Direction;
      readonly cause: HaltCause;
    }
  | {
      readonly type: 'SagaRecovered';
      readonly owner: string;
      /** `handover`: the last driver stopped in good order, or the saga only waited, so its end says nothing about it. */
      readonly after: 'crash' | 'handover';
    }
  /** Its next call waits for a participant that cannot be reached, or for the end of a pause. None is made until `HoldEnded`. */
  | { readonly type: 'SagaHeld'; readonly participant: string }
  | { readonly type: 'HoldEnded'; readonly participant: string }
  | (ByOperator & { readonly type: 'CancelRequested' })
  | (ByOperator & { readonly type: 'RetryRequested' })
  | (ByOperator & { readonly type: 'StepSkipped'; readonly step: string });
