import { pivotIndex, type SagaDefinition } from './definition.ts';
import type { Cause, SagaEvent } from './event.ts';
import { eventProblem } from './legality.ts';
import { freshBudget, isSpent, type SagaState, type StepState } from './state.ts';

/** An event that cannot follow the state it is applied to: a bug of ours, or a log that was tampered with. */
export class IllegalEvent extends Error {
  override readonly name = 'IllegalEvent';
}

/** The state right after a saga was accepted: its first step is current, so its first call may already be under way. */
export function initialState(
  definition: SagaDefinition,
  started: Extract<SagaEvent, { type: 'SagaStarted' }>,
): SagaState {
  const untouched = { inDoubt: false, attempts: 0, inquiries: 0, compensationAttempts: 0 } as const;
  return {
    status: 'running',
    steps: definition.steps.map(({ name }, index) => ({
      name,
      status: index === 0 ? 'running' : 'pending',
      ...untouched,
    })),
    cursor: 0,
    budget: freshBudget,
    deadlineAtMs: started.deadlineAtMs,
    recoveries: 0,
  };
}

/**
 * The state after one more event. Never changes its arguments.
 *
 * Says what is known, never what to do; that is `decide`. Three pieces of state carry most of it: `cursor`, the step
 * at hand on the way forward (on the way back it is the last one that still needs its compensation); `inDoubt`, what
 * may have happened without an answer; and `budget`, what the call at hand has used up since progress was last made.
 *
 * @throws IllegalEvent when the event cannot follow the state, e.g. anything after a terminal one
 */
export function evolve(definition: SagaDefinition, before: SagaState, event: SagaEvent): SagaState {
  const problem = eventProblem(definition, before, event);
  if (problem !== undefined)
    throw new IllegalEvent(`${event.type} cannot follow ${before.status}: ${problem}`);
  const state = before.isHeld ? withoutHold(before) : before;
  switch (event.type) {
    case 'SagaStarted':
      return state;
    case 'StepSucceeded':
      return advance(
        withStep(state, event.step, { status: 'succeeded', inDoubt: false, attempts: event.attempt }),
      );
    case 'StepRejected':
      // The refusal is the durable answer to the key, so neither this step nor any behind it ever took effect.
      return withoutDoubt({
        ...withStep(state, event.step, {
          status: 'rejected',
          attempts: event.attempt,
          lastError: event.refusal,
        }),
        budget: { ...state.budget, verdict: 'rejected' },
        recoveries: 0,
      });
    case 'AttemptFailed':
      return attemptFailed(state, event);
    case 'StepInquired':
      return inquired(state, event);
    case 'CompensationStarted':
      return turnBack(state, event.cause);
    case 'StepCompensated':
      return fresh(
        withStep(state, event.step, {
          status: 'compensated',
          inDoubt: false,
          compensationAttempts: event.attempt,
        }),
      );
    case 'CompensationRejected':
      return {
        ...withStep(state, event.step, { compensationAttempts: event.attempt, lastError: event.refusal }),
        budget: { ...state.budget, verdict: 'rejected' },
        recoveries: 0,
      };
    case 'SagaCompleted':
      return { ...state, status: 'completed' };
    case 'SagaCompensated':
      return { ...state, status: 'compensated' };
    case 'SagaHalted': {
      const from = state.status === 'compensating' ? 'compensating' : 'running';
      const { step, direction, cause } = event;
      return { ...state, status: 'halted', halt: { step, direction, cause, from } };
    }
    case 'SagaRecovered':
      return recovered(definition, before, event.after);
    case 'SagaHeld':
      return { ...state, isHeld: true };
    case 'HoldEnded':
      return state;
    case 'CancelRequested': {
      const requested = { ...state, cancel: { by: event.by, reason: event.reason } };
      return state.halt ? resume(requested) : requested;
    }
    case 'RetryRequested':
      return resume(state);
    case 'StepSkipped':
      return skipped(state, event.step);
  }
}

/** Folds a whole log. The first event must be `SagaStarted`. */
export function stateFromEvents(definition: SagaDefinition, events: readonly SagaEvent[]): SagaState {
  const [started, ...rest] = events;
  if (started?.type !== 'SagaStarted')
    throw new IllegalEvent(`a saga log starts with SagaStarted, not ${started?.type}`);
  return rest.reduce((state, event) => evolve(definition, state, event), initialState(definition, started));
}

function withStep(state: SagaState, name: string, change: Partial<StepState>): SagaState {
  return { ...state, steps: state.steps.map((step) => (step.name === name ? { ...step, ...change } : step)) };
}

function withoutHold({ isHeld: _, ...state }: SagaState): SagaState {
  return state;
}

/** Progress: whatever was used up belongs to the operation that just ended. */
const fresh = (state: SagaState): SagaState => ({ ...state, budget: freshBudget, recoveries: 0 });

function advance(state: SagaState): SagaState {
  const cursor = state.cursor + 1;
  const next = state.steps[cursor];
  return fresh({ ...(next ? withStep(state, next.name, { status: 'running' }) : state), cursor });
}

function attemptFailed(state: SagaState, event: Extract<SagaEvent, { type: 'AttemptFailed' }>): SagaState {
  const { retryAtMs } = event;
  const budget = { ...state.budget, attempts: state.budget.attempts + 1, retryAtMs };
  const change =
    event.direction === 'action'
      ? { attempts: event.attempt, ...(event.outcome === 'inDoubt' && { inDoubt: true }) }
      : { compensationAttempts: event.attempt };
  return {
    ...withStep(state, event.step, { ...change, lastError: event.failure }),
    budget: event.outcome === 'faulted' ? { ...budget, verdict: 'faulted' } : budget,
    recoveries: 0,
  };
}

function inquired(state: SagaState, event: Extract<SagaEvent, { type: 'StepInquired' }>): SagaState {
  const { finding, attempt: inquiries } = event;
  const asked = { ...withStep(state, event.step, { inquiries }), recoveries: 0 };
  switch (finding.kind) {
    case 'tookEffect':
      return advance(withStep(asked, event.step, { status: 'succeeded', inDoubt: false }));
    case 'refused':
      return withoutDoubt({
        ...withStep(asked, event.step, { status: 'rejected', lastError: finding.refusal }),
        budget: { ...state.budget, verdict: 'rejected' },
      });
    case 'absent':
      return { ...asked, budget: { ...state.budget, verdict: 'absent' } };
    case 'unanswered': {
      const budget = { ...state.budget, inquiries: state.budget.inquiries + 1, retryAtMs: event.retryAtMs };
      return { ...withStep(asked, event.step, { lastError: finding.failure }), budget };
    }
  }
}

function turnBack(state: SagaState, cause: Cause): SagaState {
  const { cancel: _, ...rest } = state;
  const steps = state.steps.map((step) =>
    step.status === 'running' ? { ...step, status: 'failed' as const } : step,
  );
  return fresh({ ...rest, status: 'compensating', steps, cause });
}

/** A refused step proves that no step behind it was ever called. */
const withoutDoubt = (state: SagaState): SagaState => ({
  ...state,
  steps: state.steps.map((step, index) => (index >= state.cursor ? { ...step, inDoubt: false } : step)),
});

/** The driver is gone, and with it what it knew about calls that the log does not show. */
function recovered(definition: SagaDefinition, before: SagaState, after: 'crash' | 'handover'): SagaState {
  const { isHeld, ...state } = before;
  // While it is held no call is under way, so its driver took nothing along.
  const horizon = isHeld ? state.cursor : callHorizon(definition, state);
  const maybeCalled = (index: number): boolean => index >= state.cursor && index < horizon;
  return {
    ...state,
    recoveries: after === 'crash' ? state.recoveries + 1 : state.recoveries,
    steps: state.steps.map((step, index) => (maybeCalled(index) ? { ...step, inDoubt: true } : step)),
  };
}

/**
 * One past the last step that a driver may have called beyond what the log says. Calls run ahead of the log up to the
 * pivot, and never across it (`needsDurableLog`).
 */
function callHorizon(definition: SagaDefinition, state: SagaState): number {
  const { status, cursor, budget, cancel } = state;
  const step = definition.steps[cursor];
  if (status !== 'running' || step === undefined) return cursor;
  // The step at hand has ended for certain, so the driver was about to turn back or to halt, not to make a call.
  if (!state.steps[cursor]?.inDoubt && isSpent(budget, step.retry)) return cursor;
  const pivot = pivotIndex(definition);
  // A cancel is accepted before the pivot's call only, and the call that was under way then was the last one.
  return cancel ? Math.min(pivot, cursor + 1) : Math.max(pivot, cursor + 1);
}

/** A person decided, so the step that halted is tried again, as if for the first time. */
function resume(state: SagaState): SagaState {
  const { halt, ...rest } = state;
  if (halt === undefined) return state;
  const resumed = fresh({ ...rest, status: halt.from });
  return halt.from === 'running' ? withStep(resumed, halt.step, { status: 'running' }) : resumed;
}

function skipped(state: SagaState, step: string): SagaState {
  const resumed = withStep(resume(state), step, { status: 'skipped', inDoubt: false });
  return state.halt?.from === 'running' ? advance(resumed) : resumed;
}
