import { type Choice, eventFromCommand } from './command.ts';
import { decide, type Operation } from './decide.ts';
import type { SagaDefinition } from './definition.ts';
import type { SagaEvent } from './event.ts';
import { evolve } from './evolve.ts';
import { commandProblem } from './legality.ts';
import {
  compensationIndex,
  needsCompensation,
  type SagaState,
  type SagaStatus,
  skippedSteps,
} from './state.ts';

/** A call that lies ahead. */
export type ForetoldCall = Pick<Operation, 'step' | 'direction' | 'name'> & {
  /**
   * Why it may turn out to do nothing, if it may: `inDoubt`, the action that it undoes may never have happened;
   * `underWay`, the action's call may be under way right now, and this one is made only if it takes effect.
   */
  readonly unless?: 'inDoubt' | 'underWay';
};

/** What lies ahead of a saga if every call succeeds: the calls in their order, and where they lead. */
export type Foretold = {
  readonly calls: readonly ForetoldCall[];
  readonly status: SagaStatus;
  /** Names of the steps that a person handles instead. */
  readonly skipped: readonly string[];
};

/** What a person's decision would do, or why it would be refused. */
export type Preview =
  | ({ readonly kind: 'allowed' } & Foretold)
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Plays the saga to its rest with `decide` and `evolve` themselves, as if each call succeeded at once and an inquiry
 * found that its action took effect. So a preview cannot differ from the run, except by what the calls answer.
 */
export function foretell(definition: SagaDefinition, from: SagaState, nowMs: number): Foretold {
  const calls: ForetoldCall[] = [];
  let state = from;
  let atMs = nowMs;
  for (;;) {
    const decision = decide(definition, state, atMs);
    switch (decision.kind) {
      case 'rest':
        return { calls, status: state.status, skipped: skippedSteps(state.steps) };
      case 'wait':
        atMs = decision.untilMs;
        break;
      case 'record':
        state = evolve(definition, state, decision.event);
        break;
      case 'perform':
        calls.push(callFrom(decision.operation, state));
        state = evolve(definition, state, successOf(decision.operation));
    }
  }
}

/** What a decision would do to a saga that is in this state. Changes nothing. */
export function previewCommand(
  definition: SagaDefinition,
  state: SagaState,
  choice: Choice,
  nowMs: number,
): Preview {
  const why = commandProblem(definition, state, choice);
  if (why !== undefined) return { kind: 'refused', why };
  const decided = evolve(definition, state, eventFromCommand({ ...choice, by: '', reason: '' }));
  const { calls, ...end } = foretell(definition, decided, nowMs);
  return { kind: 'allowed', calls: [...undoOfCallUnderWay(definition, state, choice), ...calls], ...end };
}

/** Only a saga that halted stands still; of any other, the step at hand may take effect before the decision counts. */
function undoOfCallUnderWay(
  definition: SagaDefinition,
  state: SagaState,
  { kind }: Choice,
): readonly ForetoldCall[] {
  const step = definition.steps[state.cursor];
  const stepState = state.steps[state.cursor];
  if (kind !== 'cancel' || state.status !== 'running' || !step?.compensation || !stepState) return [];
  if (needsCompensation(stepState)) return [];
  const { name } = step.compensation;
  return [{ step: step.name, direction: 'compensation', name, unless: 'underWay' }];
}

function callFrom({ step, direction, name }: Operation, state: SagaState): ForetoldCall {
  const undone = direction === 'compensation' ? state.steps[compensationIndex(state)] : undefined;
  return { step, direction, name, ...(undone && undone.status !== 'succeeded' && { unless: 'inDoubt' }) };
}

function successOf({ step, direction, attempt }: Operation): SagaEvent {
  const of = { step, attempt, durationMs: 0 };
  switch (direction) {
    case 'action':
      return { type: 'StepSucceeded', ...of };
    case 'compensation':
      return { type: 'StepCompensated', ...of };
    case 'inquiry':
      return { type: 'StepInquired', ...of, finding: { kind: 'tookEffect' }, retryAtMs: 0 };
  }
}
