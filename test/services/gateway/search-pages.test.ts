import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderSaga } from '../../../src/checkout/order-saga.ts';
import type { SagaEvent } from '../../../src/saga/event.ts';
import { createLoadSaga, type LoadSaga } from '../../../src/services/gateway/load-saga.ts';
import type { SagaSearch } from '../../../src/services/gateway/search-range.ts';
import { createSearchSagas, type OrdersOfCustomer } from '../../../src/services/gateway/search-sagas.ts';
import { createMemorySagaLog } from '../../../src/stores/memory/saga-log.ts';
import { acceptance, append, started } from '../../contract/saga-log-fixture.ts';

/** One saga of a history: whose it is, and at which step it halted, if it did. */
type Past = { readonly customer: string; readonly haltedAt: 'create-order' | 'reserve-stock' | undefined };

const idOf = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;

const halted = (step: string): SagaEvent => ({
  type: 'SagaHalted',
  step,
  direction: 'action',
  cause: { code: 'poison', message: '' },
});
const succeeded: SagaEvent = { type: 'StepSucceeded', step: 'create-order', attempt: 1, durationMs: 1 };

/** A log with this history, oldest first, and how many sagas were loaded from it. */
async function logOf(history: readonly Past[]) {
  const log = createMemorySagaLog();
  let loads = 0;
  for (const [number, { customer, haltedAt }] of history.entries()) {
    const id = idOf(number);
    const order = { customerId: customer, currency: 'USD', items: [], totalMinor: 1 };
    await log.accept(acceptance(id, { started: started(order) }));
    const happened = haltedAt === 'reserve-stock' ? [succeeded, halted(haltedAt)] : [halted('create-order')];
    if (haltedAt !== undefined) await log.append(append(id, 1, { status: 'halted', happened }));
  }
  const inner = createLoadSaga(log, orderSaga);
  const load: LoadSaga = (record) => {
    loads += 1;
    return inner(record);
  };
  return { log, load, loads: () => loads };
}

const nobodyKnows: OrdersOfCustomer = async () => {
  throw new Error('the order service is down');
};

const past = fc.record<Past>({
  customer: fc.constantFrom('ada', 'ben'),
  haltedAt: fc.constantFrom('create-order', 'reserve-stock', undefined),
});
const filter = fc.record(
  {
    status: fc.constantFrom('running', 'halted'),
    step: fc.constantFrom('create-order', 'reserve-stock'),
    reason: fc.constantFrom('poison', 'faulted'),
    customerId: fc.constantFrom('ada', 'ben'),
    text: fc.constantFrom('BE', 'zoe', idOf(3)),
  },
  { requiredKeys: [] },
);

const found = ({ customer, haltedAt }: Past, number: number, search: Partial<SagaSearch>): boolean =>
  (search.status === undefined || search.status === (haltedAt === undefined ? 'running' : 'halted')) &&
  (search.step === undefined || search.step === (haltedAt ?? 'create-order')) &&
  (search.reason === undefined || (haltedAt !== undefined && search.reason === 'poison')) &&
  (search.customerId === undefined || search.customerId === customer) &&
  (search.text === undefined ||
    customer.includes(search.text.toLowerCase()) ||
    idOf(number).startsWith(search.text));

test('pages show every saga that matches once, newest first, whatever a page may look at and read', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(past, { maxLength: 12 }),
      filter,
      fc.record({
        limit: fc.integer({ min: 1, max: 4 }),
        maxLooked: fc.integer({ min: 1, max: 5 }),
        maxRead: fc.integer({ min: 1, max: 3 }),
      }),
      async (history, search, { limit, maxLooked, maxRead }) => {
        const { log, load, loads } = await logOf(history);
        const bounds = { maxLooked, maxRead };
        const find = createSearchSagas({ sagaLog: log, load, ordersOf: nobodyKnows }, bounds);
        const ids: string[] = [];
        let cursor: string | undefined;
        do {
          const before = loads();
          const page = await find({ ...search, limit, ...(cursor !== undefined && { cursor }) });
          ids.push(...page.sagas.map(({ record }) => record.id));
          expect(page.sagas.length).toBeLessThanOrEqual(limit);
          expect(page.looked).toBeLessThanOrEqual(maxLooked);
          const mustRead = search.step !== undefined || search.reason !== undefined;
          expect(loads() - before).toBeLessThanOrEqual(mustRead ? maxRead : limit);
          cursor = page.next;
        } while (cursor !== undefined);
        const expected = history.flatMap((one, number) => (found(one, number, search) ? [idOf(number)] : []));
        expect(ids).toEqual(expected.toReversed());
      },
    ),
    { numRuns: 300 },
  );
});
