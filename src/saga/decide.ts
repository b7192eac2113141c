import {
  type OperationDefinition,
  pivotIndex,
  type SagaDefinition,
  type StepDefinition,
} from './definition.ts';
import type { Cause, Direction, HaltCause, SagaEvent } from './event.ts';
import { mayHavePassedPivot } from './legality.ts';
import type { Failure, Refusal } from './outcome.ts';
import type { RetryPolicy } from './retry-policy.ts';
import { type Budget, compensationIndex, isSpent, type SagaState, type StepState } from './state.ts';

/** A call to make. `inquiry` asks what became of an action in doubt. */
export type Operation = {
  readonly step: string;
  readonly direction: Direction | 'inquiry';
  readonly participant: string;
  /** The operation's own name, e.g. `release-stock` for the compensation of `reserve-stock`. */
  readonly name: string;
  /** 1-based over the whole life of the saga, per step and direction. */
  readonly attempt: number;
  readonly timeoutMs: number;
};

/**
 * What to do next, in the imperative.
 *
 * - `perform`: make the call and record how it ended.
 * - `wait`: decide again at that time, or when something new is recorded.
 * - `record`: append the event and decide again. Nothing else happens.
 * - `rest`: terminal or halted; nobody needs to drive this saga.
 */
export type Decision =
  | { readonly kind: 'perform'; readonly operation: Operation }
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'record'; readonly event: SagaEvent }
  | { readonly kind: 'rest' };

/**
 * The one place that says what happens next. Pure: same arguments, same decision.
 *
 * What happens, for example, when charging a payment times out:
 *
 * 1. The attempt ended `inDoubt`: it may have happened. `evolve` marks the step so, and nothing but an answer of the
 *    participant clears the mark.
 * 2. `goForward` waits for the back-off and makes the same call with the same key. If the first one did happen, its
 *    stored answer comes back, and the saga goes on or turns back as if nothing had been wrong.
 * 3. When all attempts of the budget are used up, the participant is asked (`inquire`). It took effect: the saga goes
 *    on. It was refused: the saga turns back and has nothing to undo here. It never arrived, or nobody can tell: the
 *    saga turns back, and the step counts as done, because the request may still be on its way.
 * 4. `goBack` undoes last step first: the refund, whose tombstone stops a late charge, then whatever came before.
 *    There is nothing behind an undo but more attempts, so one whose budget is spent halts the saga for a person.
 *
 * At the pivot the same doubt allows neither direction, so the saga halts. Before it, a cancel request and the saga's
 * deadline turn it back, too; from its first doubt on they do nothing.
 */
export function decide(definition: SagaDefinition, state: SagaState, nowMs: number): Decision {
  switch (state.status) {
    case 'completed':
    case 'compensated':
    case 'halted':
      return { kind: 'rest' };
    case 'running':
      return poisoned(definition, state) ?? goForward(definition, state, nowMs);
    case 'compensating':
      return poisoned(definition, state) ?? goBack(definition, state, nowMs);
  }
}

function goForward(definition: SagaDefinition, state: SagaState, nowMs: number): Decision {
  const canTurnBack = !mayHavePassedPivot(definition, state);
  const step = definition.steps[state.cursor];
  const stepState = state.steps[state.cursor];
  if (canTurnBack && state.cancel)
    return turnBack({ code: 'cancel_requested', message: cancelMessage(state.cancel) });
  if (step === undefined || stepState === undefined) return record({ type: 'SagaCompleted' });
  if (canTurnBack && nowMs >= state.deadlineAtMs) {
    return turnBack({
      code: 'deadline_exceeded',
      message: 'The saga did not reach its pivot before its deadline.',
    });
  }
  const ending = actionEnding(step, state, stepState);
  if (ending === 'inquire') {
    const operation = operationFor(step.inquiry, step, 'inquiry', stepState.inquiries + 1);
    return performAfterWait(operation, {
      state,
      nowMs,
      retry: step.inquiry.retry,
      deadlineApplies: canTurnBack,
    });
  }
  if (ending && canTurnBack) return turnBack({ ...ending, step: step.name });
  if (ending) {
    const code = stepState.inDoubt ? 'in_doubt' : spentCode(state.budget);
    return halt(step, 'action', { code, message: ending.message });
  }
  const operation = operationFor(step, step, 'action', stepState.attempts + 1);
  return performAfterWait(operation, { state, nowMs, retry: step.retry, deadlineApplies: canTurnBack });
}

/** How the action at hand has ended, `inquire` when only the participant can tell, or undefined while it is still tried. */
function actionEnding(
  step: StepDefinition,
  { budget }: SagaState,
  stepState: StepState,
): Cause | 'inquire' | undefined {
  const { code, message } = lastErrorOf(stepState);
  if (budget.verdict === 'rejected') return { code, message };
  if (!isSpent(budget, step.retry)) return undefined;
  const askedEnough = budget.verdict === 'absent' || budget.inquiries >= step.inquiry.retry.maxAttempts;
  if (stepState.inDoubt && !askedEnough) return 'inquire';
  const engineCode = budget.verdict === 'faulted' ? 'faulted' : 'unavailable';
  return {
    code: engineCode,
    message: `${step.name} gave up after ${stepState.attempts} attempts: ${code}: ${message}`,
  };
}

function goBack(definition: SagaDefinition, state: SagaState, nowMs: number): Decision {
  const index = compensationIndex(state);
  const step = definition.steps[index];
  const stepState = state.steps[index];
  if (step === undefined || stepState === undefined) return record({ type: 'SagaCompensated' });
  const { compensation } = step;
  if (compensation === undefined)
    throw new Error(`${step.name} has no compensation; defineSaga should have refused it`);
  if (isSpent(state.budget, compensation.retry)) {
    const { code, message } = lastErrorOf(stepState);
    return halt(step, 'compensation', { code: spentCode(state.budget), message: `${code}: ${message}` });
  }
  const operation = operationFor(compensation, step, 'compensation', stepState.compensationAttempts + 1);
  return performAfterWait(operation, { state, nowMs, retry: compensation.retry, deadlineApplies: false });
}

/** A saga whose drivers keep dying is set aside, so that it cannot take the others down with it. */
function poisoned(definition: SagaDefinition, state: SagaState): Decision | undefined {
  if (state.recoveries < definition.maxRecoveries) return undefined;
  const step = definition.steps[state.status === 'running' ? state.cursor : compensationIndex(state)];
  // Nothing is left to call, so there is nothing left that could kill a driver.
  if (step === undefined) return undefined;
  const message = `its driver died ${state.recoveries} times in a row while it was at ${step.name}`;
  return halt(step, state.status === 'running' ? 'action' : 'compensation', { code: 'poison', message });
}

type Waiting = {
  readonly state: SagaState;
  readonly nowMs: number;
  readonly retry: RetryPolicy;
  readonly deadlineApplies: boolean;
};

function performAfterWait(operation: Operation, { state, nowMs, retry, deadlineApplies }: Waiting): Decision {
  const { retryAtMs } = state.budget;
  // Further away than any back-off can be: the clock was set back since it was drawn, so it means nothing now.
  const isStale = retryAtMs - nowMs > retry.maxBackoffMs;
  const untilMs = deadlineApplies ? Math.min(retryAtMs, state.deadlineAtMs) : retryAtMs;
  return untilMs > nowMs && !isStale ? { kind: 'wait', untilMs } : { kind: 'perform', operation };
}

function operationFor(
  { name, timeoutMs }: OperationDefinition,
  { name: step, participant }: StepDefinition,
  direction: Operation['direction'],
  attempt: number,
): Operation {
  return { step, direction, participant, name, attempt, timeoutMs };
}

const record = (event: SagaEvent): Decision => ({ kind: 'record', event });
const turnBack = (cause: Cause): Decision => record({ type: 'CompensationStarted', cause });
const halt = (step: StepDefinition, direction: Direction, cause: HaltCause): Decision =>
  record({ type: 'SagaHalted', step: step.name, direction, cause });

/** Why a spent operation is not called again. */
const spentCode = ({ verdict }: Budget): HaltCause['code'] =>
  verdict === 'rejected' || verdict === 'faulted' ? verdict : 'budget_spent';

const lastErrorOf = ({ lastError }: StepState): Failure | Refusal =>
  lastError ?? { code: 'unknown', message: 'no attempt was answered' };

const cancelMessage = ({ by, reason }: { by: string; reason: string }): string =>
  `${by} asked to cancel: ${reason}`;

/**
 * Whether everything recorded so far must be durable before the decision is carried out.
 *
 * Forward calls before the pivot may run ahead of the log: they are idempotent and can be undone, and recovery treats
 * them as in doubt. The pivot and every compensation may not: after a crash the log must already say that the saga
 * went forward, or turned back.
 */
export function needsDurableLog(
  definition: SagaDefinition,
  { operation }: Extract<Decision, { kind: 'perform' }>,
): boolean {
  if (operation.direction === 'compensation') return true;
  const index = definition.steps.findIndex((step) => step.name === operation.step);
  return index >= pivotIndex(definition);
}
