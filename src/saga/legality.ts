import type { Choice } from './command.ts';
import { pivotIndex, type SagaDefinition } from './definition.ts';
import type { SagaEvent } from './event.ts';
import { compensationIndex, isTerminal, type SagaState } from './state.ts';

/**
 * Why an event cannot follow a state, or undefined when it can. The rules that `evolve` enforces and that
 * `ordersaga verify` checks a stored log against.
 */
export function eventProblem(
  definition: SagaDefinition,
  state: SagaState,
  event: SagaEvent,
): string | undefined {
  if (isTerminal(state.status)) return 'a terminal state never changes';
  switch (event.type) {
    case 'SagaStarted':
      return 'a saga starts once';
    case 'StepSucceeded':
    case 'StepRejected':
    case 'StepInquired':
      return atHandProblem(state, event.step, 'running');
    case 'AttemptFailed':
      return atHandProblem(state, event.step, event.direction === 'action' ? 'running' : 'compensating');
    case 'StepCompensated':
    case 'CompensationRejected':
      return atHandProblem(state, event.step, 'compensating');
    case 'CompensationStarted':
      return turnBackProblem(definition, state);
    case 'SagaCompleted':
      return state.status === 'running' && state.cursor === state.steps.length
        ? undefined
        : 'steps are still open';
    case 'SagaCompensated':
      return state.status === 'compensating' && compensationIndex(state) === -1
        ? undefined
        : 'steps are not undone yet';
    case 'SagaHalted':
      return atHandProblem(state, event.step, event.direction === 'action' ? 'running' : 'compensating');
    case 'SagaRecovered':
    case 'SagaHeld':
      return state.status === 'halted' ? 'nobody drives a halted saga' : undefined;
    case 'HoldEnded':
      return state.isHeld ? undefined : 'it is not held';
    case 'CancelRequested':
      return cancelProblem(definition, state);
    case 'RetryRequested':
      return retryProblem(state);
    case 'StepSkipped':
      return skipProblem(state, event.step);
  }
}

function atHandProblem(
  state: SagaState,
  step: string,
  status: 'running' | 'compensating',
): string | undefined {
  if (state.status !== status) return `it is not ${status}`;
  const expected = state.steps[status === 'running' ? state.cursor : compensationIndex(state)]?.name;
  return expected === step ? undefined : `the step at hand is ${expected ?? 'none'}, not ${step}`;
}

function turnBackProblem(definition: SagaDefinition, state: SagaState): string | undefined {
  if (state.status !== 'running') return 'only a running saga turns back';
  return mayHavePassedPivot(definition, state) ? 'the pivot may have happened' : undefined;
}

/** Whether it is too late to undo: the pivot took effect, or may have. */
export function mayHavePassedPivot(definition: SagaDefinition, state: SagaState): boolean {
  const pivot = pivotIndex(definition);
  if (state.cursor !== pivot) return state.cursor > pivot;
  // A saga without a pivot can turn back until it is completed.
  return state.steps[pivot]?.inDoubt ?? false;
}

/** Why a person's decision is refused in this state, or undefined when it is honoured. */
export function commandProblem(
  definition: SagaDefinition,
  state: SagaState,
  choice: Choice,
): string | undefined {
  switch (choice.kind) {
    case 'cancel':
      return cancelProblem(definition, state);
    case 'retry':
      return retryProblem(state);
    case 'skip':
      return skipProblem(state, choice.step);
  }
}

/** Whether the saga is undone, or about to be, because somebody asked: asking again then changes nothing. */
export const isBeingCancelled = ({ cancel, halt, cause }: SagaState): boolean =>
  (cancel !== undefined && halt === undefined) || cause?.code === 'cancel_requested';

/** Why a cancel request is refused in this state, or undefined when it is honoured. */
export function cancelProblem(definition: SagaDefinition, state: SagaState): string | undefined {
  if (isTerminal(state.status)) return `the saga is already ${state.status}`;
  // A halted saga waits for a person, who may well ask for what had been asked for before it halted.
  if (state.cancel !== undefined && state.halt === undefined) return 'a cancel was requested already';
  const direction = state.halt?.from ?? state.status;
  if (direction === 'compensating') return 'it is being undone already';
  // The pivot's call may be on its way as soon as the pivot is the step at hand, unless the saga stands still.
  const standsStill = state.halt !== undefined || state.isHeld === true;
  if (state.cursor === pivotIndex(definition) && !standsStill)
    return 'the point of no return is being passed';
  return mayHavePassedPivot(definition, state) ? 'the point of no return may have been passed' : undefined;
}

/** Why an operator's retry is refused in this state, or undefined when it is honoured. */
function retryProblem(state: SagaState): string | undefined {
  return state.status === 'halted' ? undefined : `only a halted saga is retried; this one is ${state.status}`;
}

/** Why skipping a step is refused in this state, or undefined when it is honoured. */
function skipProblem(state: SagaState, step: string): string | undefined {
  if (state.halt === undefined) return `only a halted saga's step is skipped; this saga is ${state.status}`;
  return state.halt.step === step ? undefined : `it halted on ${state.halt.step}, not on ${step}`;
}
