import { operationsByHand } from '../checkout/by-hand.ts';
import { orderInputFrom } from '../checkout/order.ts';
import type { SagaEvent } from '../saga/event.ts';
import type { Json } from '../saga/json.ts';
import type { SagaBook, SagaFacts } from './books.ts';

/** Reads from a saga's log what the other services' rows are held against. */
export function factsFrom({ id, status, createdAtMs, events }: SagaBook): SagaFacts {
  const effects: string[] = [];
  const undone: string[] = [];
  let chargeReference: string | undefined;
  for (const { event } of events) {
    if (event.type === 'StepCompensated') undone.push(event.step);
    if (!tookEffect(event)) continue;
    effects.push(event.step);
    if (event.step === 'charge-payment') chargeReference = referenceIn(answerOf(event)) ?? chargeReference;
  }
  const first = events[0]?.event;
  return {
    id,
    status,
    createdAtMs,
    terms: first?.type === 'SagaStarted' ? orderInputFrom(first.input) : undefined,
    effects,
    undone,
    byHand: byHandOf(events.map(({ event }) => event)),
    ...(chargeReference !== undefined && { chargeReference }),
  };
}

function byHandOf(events: readonly SagaEvent[]): SagaFacts['byHand'] {
  // There is hardly ever one, and this runs for each of a million sagas.
  const skips = events.filter((event) => event.type === 'StepSkipped');
  if (skips.length === 0) return [];
  const operations = operationsByHand(events);
  return skips.map(({ step, by }, index) => ({ step, operation: operations[index] ?? step, by }));
}

type Effect = Extract<SagaEvent, { readonly type: 'StepSucceeded' | 'StepInquired' }>;

/** Whether an event says that a step's action took effect. */
export const tookEffect = (event: SagaEvent): event is Effect =>
  event.type === 'StepSucceeded' || (event.type === 'StepInquired' && event.finding.kind === 'tookEffect');

function answerOf(event: Effect): Json | undefined {
  if (event.type === 'StepSucceeded') return event.answer;
  return event.finding.kind === 'tookEffect' ? event.finding.answer : undefined;
}

function referenceIn(answer: Json | undefined): string | undefined {
  const reference = isObject(answer) ? answer.processorReference : undefined;
  return typeof reference === 'string' ? reference : undefined;
}

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
