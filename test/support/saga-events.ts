import type { Operation } from '../../src/saga/decide.ts';
import { defineSaga, type OperationDefinition, type SagaDefinition } from '../../src/saga/definition.ts';
import type { Cause, Direction, HaltCause, SagaEvent } from '../../src/saga/event.ts';
import type { Finding } from '../../src/saga/outcome.ts';

// Short spellings for specifications of the pure core: one small saga, and its events with everything that a fact does
// not mention filled in.

const operation = (name: string, maxAttempts: number): OperationDefinition => ({
  name,
  timeoutMs: 1_000,
  retry: { maxAttempts, initialBackoffMs: 100, maxBackoffMs: 1_000 },
});

/** Every number that a fact about budgets and times refers to. */
export const limits = {
  attempts: 3,
  undoAttempts: 4,
  inquiries: 2,
  deadlineMs: 60_000,
  recoveries: 3,
} as const;

/** Two steps that can be undone, the point of no return, and one step after it. */
export const purchase: SagaDefinition = defineSaga({
  name: 'purchase',
  version: 1,
  deadlineMs: limits.deadlineMs,
  maxRecoveries: limits.recoveries,
  steps: [
    {
      ...operation('reserve', limits.attempts),
      kind: 'compensatable',
      participant: 'stock',
      compensation: operation('release', limits.undoAttempts),
      inquiry: operation('get-reservation', limits.inquiries),
    },
    {
      ...operation('charge', limits.attempts),
      kind: 'compensatable',
      participant: 'bank',
      compensation: operation('refund', limits.undoAttempts),
      inquiry: operation('get-charge', limits.inquiries),
    },
    {
      ...operation('confirm', limits.attempts),
      kind: 'pivot',
      participant: 'orders',
      inquiry: operation('get-confirmation', limits.inquiries),
    },
    {
      ...operation('announce', limits.attempts),
      kind: 'retriable',
      participant: 'post',
      inquiry: operation('get-announcement', limits.inquiries),
    },
  ],
});

/** The same without a point of no return. */
export const undoable: SagaDefinition = defineSaga({ ...purchase, steps: purchase.steps.slice(0, 2) });

export const failure = { code: 'UNAVAILABLE', message: 'connection lost' } as const;
export const refusal = { code: 'payment_declined', message: 'over the limit' } as const;
export const ben = { by: 'ben', reason: 'looked into it' } as const;

export const started: SagaEvent = {
  type: 'SagaStarted',
  definition: 'purchase',
  version: 1,
  input: {},
  deadlineAtMs: limits.deadlineMs,
};

const durationMs = 5;

export const succeeded = (step: string, attempt = 1): SagaEvent => ({
  type: 'StepSucceeded',
  step,
  attempt,
  durationMs,
});

export const rejected = (step: string, attempt = 1): SagaEvent => ({
  type: 'StepRejected',
  step,
  attempt,
  durationMs,
  refusal,
});

type FailedOutcome = Extract<SagaEvent, { type: 'AttemptFailed' }>['outcome'];

const attemptFailed =
  (direction: Direction) =>
  (step: string, outcome: FailedOutcome, attempt = 1, retryAtMs = 0): SagaEvent => ({
    type: 'AttemptFailed',
    step,
    direction,
    outcome,
    attempt,
    durationMs,
    failure,
    retryAtMs,
  });

export const failed = attemptFailed('action');
export const undoFailed = attemptFailed('compensation');

/** Attempts 1 to `count`, all with the same outcome. */
export const times = (
  count: number,
  event: (step: string, outcome: FailedOutcome, attempt: number) => SagaEvent,
  step: string,
  outcome: FailedOutcome,
): SagaEvent[] => Array.from({ length: count }, (_, index) => event(step, outcome, index + 1));

export const inquired = (step: string, finding: Finding, attempt = 1, retryAtMs = 0): SagaEvent => ({
  type: 'StepInquired',
  step,
  attempt,
  durationMs,
  finding,
  retryAtMs,
});

export const tookEffect: Finding = { kind: 'tookEffect' };
export const refused: Finding = { kind: 'refused', refusal };
export const absent: Finding = { kind: 'absent' };
export const unanswered: Finding = { kind: 'unanswered', failure };

export const turnedBack = (code = 'payment_declined', step?: string): SagaEvent => ({
  type: 'CompensationStarted',
  cause: { code, message: 'because', ...(step !== undefined && { step }) } satisfies Cause,
});

export const undone = (step: string, attempt = 1): SagaEvent => ({
  type: 'StepCompensated',
  step,
  attempt,
  durationMs,
});

export const undoRefused = (step: string, attempt = 1): SagaEvent => ({
  type: 'CompensationRejected',
  step,
  attempt,
  durationMs,
  refusal,
});

export const completed: SagaEvent = { type: 'SagaCompleted' };
export const compensated: SagaEvent = { type: 'SagaCompensated' };

export const halted = (step: string, direction: Direction, code: HaltCause['code']): SagaEvent => ({
  type: 'SagaHalted',
  step,
  direction,
  cause: { code, message: 'because' },
});

export const crashed: SagaEvent = { type: 'SagaRecovered', owner: 'b', after: 'crash' };
export const handedOver: SagaEvent = { type: 'SagaRecovered', owner: 'b', after: 'handover' };
export const held: SagaEvent = { type: 'SagaHeld', participant: 'bank' };
export const holdEnded: SagaEvent = { type: 'HoldEnded', participant: 'bank' };
export const cancelRequested: SagaEvent = { type: 'CancelRequested', ...ben };
export const retryRequested: SagaEvent = { type: 'RetryRequested', ...ben };
export const skipped = (step: string): SagaEvent => ({ type: 'StepSkipped', step, ...ben });

/** The decision to make a call, by the operation's own name. */
export const perform = (name: string, attempt = 1, more: Partial<Operation> = {}) => ({
  kind: 'perform',
  operation: { name, attempt, ...more },
});

/** The decision to append an event, of which a fact names only what matters to it. */
export const record = (event: { readonly type: SagaEvent['type']; readonly [field: string]: unknown }) => ({
  kind: 'record',
  event,
});

export const turnBack = (code: string, step?: string) =>
  record({ type: 'CompensationStarted', cause: { code, ...(step !== undefined && { step }) } });

export const halt = (step: string, direction: Direction, code: HaltCause['code']) =>
  record({ type: 'SagaHalted', step, direction, cause: { code } });

export const waitUntil = (untilMs: number) => ({ kind: 'wait', untilMs });
export const rest = { kind: 'rest' } as const;
