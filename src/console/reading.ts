import { type Now, nextSteps, openPoints } from '../checkout/explanation.ts';
import { type OrderInput, orderInputFrom } from '../checkout/order.ts';
import { orderSaga } from '../checkout/order-saga.ts';
import type { EventAnswer, SagaAnswer } from '../contract/sagas.ts';
import type { Choice } from '../saga/command.ts';
import { stateFromEvents } from '../saga/evolve.ts';
import { commandProblem } from '../saga/legality.ts';
import type { SagaState } from '../saga/state.ts';

/** A saga as its events tell it, read with the same code that drives it. */
export type Reading = { readonly state: SagaState; readonly input: OrderInput };

/** @returns undefined for a log that this page cannot read: another version, or one that is damaged */
export function readingOf(events: readonly EventAnswer[]): Reading | undefined {
  const happened = events.map(({ data }) => data);
  const [first] = happened;
  if (first?.type !== 'SagaStarted' || first.version !== orderSaga.version) return undefined;
  const input = orderInputFrom(first.input);
  if (input === undefined) return undefined;
  try {
    return { state: stateFromEvents(orderSaga, happened), input };
  } catch {
    return undefined;
  }
}

/** What is not settled, and what comes next. */
export function outlookOf(
  { state, input }: Reading,
  now: Now,
): { readonly open: readonly string[]; readonly next: readonly string[] } {
  return { open: openPoints(state, input), next: nextSteps(orderSaga, { state, input }, now) };
}

/** Whether a decision is possible now, as far as this page knows; the gateway decides. */
export const isPossible = ({ state }: Reading, choice: Choice): boolean =>
  commandProblem(orderSaga, state, choice) === undefined;

/** The choice that a button stands for; a skip names the step that the saga halted on. */
export function choiceOf(kind: Choice['kind'], saga: Pick<SagaAnswer, 'halt'>): Choice {
  return kind === 'skip' ? { kind, step: saga.halt?.step ?? '' } : { kind };
}
