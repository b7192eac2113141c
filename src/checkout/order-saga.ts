import { defineSaga, type SagaDefinition, type StepDefinition } from '../saga/definition.ts';

const attempts = { maxAttempts: 5, initialBackoffMs: 100, maxBackoffMs: 5_000 } as const;
// An undo that gives up leaves money or stock in the wrong place, so it tries much longer than an action does.
const patient = { maxAttempts: 20, initialBackoffMs: 100, maxBackoffMs: 15_000 } as const;

const inquiry = <Name extends string>(name: Name) => ({ name, timeoutMs: 2_000, retry: attempts });
const compensation = <Name extends string>(name: Name) => ({ name, timeoutMs: 5_000, retry: patient });

/** An order: recorded, its stock held, its money taken, then confirmed. Confirming is the point of no return. */
export const orderSteps = [
  {
    name: 'create-order',
    kind: 'compensatable',
    participant: 'order',
    timeoutMs: 2_000,
    retry: attempts,
    compensation: compensation('cancel-order'),
    inquiry: inquiry('get-order'),
  },
  {
    name: 'reserve-stock',
    kind: 'compensatable',
    participant: 'inventory',
    timeoutMs: 2_000,
    retry: attempts,
    compensation: compensation('release-stock'),
    inquiry: inquiry('get-reservation'),
  },
  {
    name: 'charge-payment',
    kind: 'compensatable',
    participant: 'payment',
    timeoutMs: 5_000,
    retry: attempts,
    compensation: compensation('refund-payment'),
    inquiry: inquiry('get-payment'),
  },
  {
    name: 'confirm-order',
    kind: 'pivot',
    participant: 'order',
    timeoutMs: 2_000,
    retry: patient,
    inquiry: inquiry('get-order-status'),
  },
] as const satisfies readonly StepDefinition[];

export const orderSaga: SagaDefinition = defineSaga({
  name: 'order',
  version: 1,
  deadlineMs: 15 * 60_000,
  maxRecoveries: 5,
  steps: orderSteps,
});
