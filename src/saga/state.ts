import type { Cause, Direction, HaltCause } from './event.ts';
import type { Failure, Refusal } from './outcome.ts';
import type { RetryPolicy } from './retry-policy.ts';

/**
 * - `running`: going forward.
 * - `compensating`: undoing, last step first.
 * - `completed`, `compensated`: final; nothing changes them.
 * - `halted`: a person must decide (retry, skip, cancel).
 */
export type SagaStatus = 'running' | 'compensating' | 'completed' | 'compensated' | 'halted';

/**
 * - `failed`: its budget is spent, or it faulted.
 * - `skipped`: a person declared it handled by hand.
 */
export type StepStatus =
  | 'pending'
  | 'running'
  | 'succeeded'
  | 'rejected'
  | 'failed'
  | 'compensated'
  | 'skipped';

/** What is known about one step. */
export type StepState = {
  readonly name: string;
  readonly status: StepStatus;
  /** The action may have taken effect although no answer says so. */
  readonly inDoubt: boolean;
  /** Ended attempts of the action. */
  readonly attempts: number;
  readonly inquiries: number;
  readonly compensationAttempts: number;
  /** The latest error or refusal of this step. */
  readonly lastError?: Failure | Refusal;
};

/** What the current operation (the step at hand, in the direction at hand) has used up. */
export type Budget = {
  readonly attempts: number;
  readonly inquiries: number;
  /** Do nothing before this time. */
  readonly retryAtMs: number;
  /** Set when going on is pointless: a refusal, a fault, or an inquiry that found nothing. */
  readonly verdict?: 'rejected' | 'faulted' | 'absent';
};

/** What the events of a saga add up to. `decide` needs nothing else of its log. */
export type SagaState = {
  readonly status: SagaStatus;
  readonly steps: readonly StepState[];
  /** Index of the step at hand while running; one past the last when all are done. */
  readonly cursor: number;
  readonly budget: Budget;
  readonly deadlineAtMs: number;
  /** Recoveries after a crash since a call last ended, however it ended: its driver lived to tell. */
  readonly recoveries: number;
  /** Its driver said so, and nothing happened since: no call is under way, whatever becomes of it. Absent otherwise. */
  readonly isHeld?: true;
  /** A cancel that was asked for and not yet begun. */
  readonly cancel?: { readonly by: string; readonly reason: string };
  /** Why it turned back. */
  readonly cause?: Cause;
  /** Where and why it halted, and the status to go back to. Present exactly while halted. */
  readonly halt?: {
    readonly step: string;
    readonly direction: Direction;
    readonly cause: HaltCause;
    readonly from: 'running' | 'compensating';
  };
};

/** Nothing used yet. */
export const freshBudget: Budget = { attempts: 0, inquiries: 0, retryAtMs: 0 };

/** Whether the operation at hand is not called again: it ended for good, or all its attempts are used up. */
export const isSpent = ({ verdict, attempts }: Budget, { maxAttempts }: RetryPolicy): boolean =>
  verdict !== undefined || attempts >= maxAttempts;

/** Whether nothing can change it any more. */
export const isTerminal = (status: SagaStatus): boolean => status === 'completed' || status === 'compensated';

/** Whether it goes on by itself: neither finished nor waiting for a person. */
export const isUnderWay = (status: SagaStatus): boolean => status === 'running' || status === 'compensating';

/** Whether the step's action took effect or may have, and has not been undone. */
export const needsCompensation = (step: StepState): boolean =>
  step.status === 'succeeded' || (step.inDoubt && step.status !== 'compensated' && step.status !== 'skipped');

/** Index of the step to undo next, or -1 when everything is undone. Searching from the end makes the order LIFO. */
export const compensationIndex = (state: SagaState): number => state.steps.findLastIndex(needsCompensation);

/** Names of the steps that a person declared as handled by hand. */
export const skippedSteps = (
  steps: readonly { readonly name: string; readonly status: string }[],
): readonly string[] => steps.filter(({ status }) => status === 'skipped').map(({ name }) => name);
