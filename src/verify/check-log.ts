import { orderInputFrom } from '../checkout/order.ts';
import type { InvariantName } from '../contract/books.ts';
import type { SagaDefinition } from '../saga/definition.ts';
import type { SagaEvent } from '../saga/event.ts';
import { evolve, IllegalEvent, initialState } from '../saga/evolve.ts';
import { isTerminal, type SagaState } from '../saga/state.ts';
import type { SagaBook, Violation } from './books.ts';
import { tookEffect } from './saga-facts.ts';

/** Checks one saga's log: I8 (whole and legal), I7 (way back last step first, nothing left out), I10 (an end is final). */
export function checkLog(definition: SagaDefinition, saga: SagaBook): Violation[] {
  const flaw = rowsFlaw(saga);
  if (flaw !== undefined) return [violation('I8', saga, flaw)];
  return [...checkInput(saga), ...checkTransitions(definition, saga), ...checkWayBack(definition, saga)];
}

/** Without it nothing that the other services hold could be compared with what was ordered. */
function checkInput(saga: SagaBook): Violation[] {
  const first = saga.events[0]?.event;
  if (first?.type !== 'SagaStarted' || orderInputFrom(first.input) !== undefined) return [];
  return [violation('I8', saga, 'its first event does not say what was ordered')];
}

function rowsFlaw({ events, epoch, definition, version, chainProblem }: SagaBook): string | undefined {
  if (chainProblem !== undefined) return chainProblem;
  let before = 0;
  for (const [index, row] of events.entries()) {
    if (row.seq !== index + 1) return `seq ${index + 1} is missing, ${row.seq} comes next`;
    if (row.epoch < before) return `the epoch falls from ${before} to ${row.epoch} at seq ${row.seq}`;
    before = row.epoch;
  }
  if (epoch < before) return `the saga's row says epoch ${epoch}, its last event ${before}`;
  const first = events[0]?.event;
  if (first?.type !== 'SagaStarted') return 'its log does not begin with SagaStarted';
  if (first.definition === definition && first.version === version) return undefined;
  return `its row says definition ${definition} version ${version}, its log ${first.definition} version ${first.version}`;
}

function checkTransitions(definition: SagaDefinition, saga: SagaBook): Violation[] {
  const [first, ...rest] = saga.events;
  if (first?.event.type !== 'SagaStarted') return [];
  let state: SagaState = initialState(definition, first.event);
  for (const { seq, event } of rest) {
    try {
      state = evolve(definition, state, event);
    } catch (error) {
      if (!(error instanceof IllegalEvent)) throw error;
      return [violation(invariantOf(event, state), saga, `seq ${seq}: ${error.message}`)];
    }
  }
  return state.status === saga.status
    ? []
    : [violation('I8', saga, `its row says ${saga.status}, its log says ${state.status}`)];
}

function invariantOf(event: SagaEvent, state: SagaState): InvariantName {
  if (isTerminal(state.status)) return 'I10';
  const undoing =
    event.type === 'StepCompensated' ||
    event.type === 'CompensationRejected' ||
    event.type === 'SagaCompensated' ||
    (event.type === 'AttemptFailed' && event.direction === 'compensation');
  return undoing ? 'I7' : 'I8';
}

/**
 * Checks the way back a second time without `evolve`, so that a mistake there cannot hide itself: steps are undone in
 * descending order, none twice, and at the end each step known to have happened is undone or was handled by hand.
 */
function checkWayBack(definition: SagaDefinition, saga: SagaBook): Violation[] {
  if (saga.status === 'completed' && !saga.events.some(({ event }) => event.type === 'StepCompensated'))
    return [];
  const indexOf = new Map(definition.steps.map(({ name }, index) => [name, index]));
  const happened = new Set<string>();
  let lowest = Number.POSITIVE_INFINITY;
  for (const { seq, event } of saga.events) {
    if (tookEffect(event)) happened.add(event.step);
    if (event.type !== 'StepCompensated' && event.type !== 'StepSkipped') continue;
    happened.delete(event.step);
    if (event.type === 'StepSkipped') continue;
    const index = indexOf.get(event.step) ?? -1;
    if (index >= lowest) return [violation('I7', saga, `seq ${seq}: ${event.step} is undone out of order`)];
    lowest = index;
  }
  if (saga.status !== 'compensated' || happened.size === 0) return [];
  return [violation('I7', saga, `it ended without undoing ${[...happened].join(', ')}`)];
}

const violation = (invariant: InvariantName, { id }: SagaBook, message: string): Violation => ({
  invariant,
  orderId: id,
  message: `saga ${id}: ${message}`,
});
