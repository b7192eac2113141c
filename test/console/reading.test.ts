import { expect, test } from 'vitest';
import { readingOf } from '../../src/console/reading.ts';
import type { EventAnswer } from '../../src/contract/sagas.ts';
import type { SagaEvent } from '../../src/saga/event.ts';

const input = {
  customerId: 'cust_1',
  currency: 'USD',
  items: [{ productId: 'prod_1', quantity: 2, priceMinor: 5_000 }],
  totalMinor: 10_000,
};
const started = {
  type: 'SagaStarted',
  definition: 'order',
  version: 1,
  input,
  deadlineAtMs: 900_000,
} as const;
const did = (step: string): SagaEvent => ({ type: 'StepSucceeded', step, attempt: 1, durationMs: 1 });

const rows = (events: readonly SagaEvent[]): EventAnswer[] =>
  events.map((data, index) => ({
    seq: index + 1,
    type: data.type,
    at: '2026-01-31T03:00:00.000Z',
    data,
    epoch: 1,
    trace_id: '',
    span_id: '',
    hash: '',
    prev_hash: '',
  }));

test('a saga is read with its order and the state that its events add up to', () => {
  expect(readingOf(rows([started, did('create-order')]))).toMatchObject({ input, state: { cursor: 1 } });
});

test.each<[string, readonly SagaEvent[]]>([
  ['no beginning', [did('create-order')]],
  ['a beginning that holds no order', [{ ...started, input: null }, did('create-order')]],
  ['events in an order that cannot be', [started, did('charge-payment')]],
  ['another version', [{ ...started, version: 2 }]],
])('a saga with %s is not read', (_, events) => {
  expect(readingOf(rows(events))).toBeUndefined();
});
