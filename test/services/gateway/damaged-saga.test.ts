import { describe, expect, onTestFinished, test } from 'vitest';
import { orderSaga } from '../../../src/checkout/order-saga.ts';
import { initialState } from '../../../src/saga/evolve.ts';
import { createActivity } from '../../../src/services/gateway/activity.ts';
import type { Caller } from '../../../src/services/gateway/caller.ts';
import { createLoadSaga } from '../../../src/services/gateway/load-saga.ts';
import type { OrderView } from '../../../src/services/gateway/order-view.ts';
import { createSagaDisk, type SagaDisk } from '../../../src/stores/memory/saga-disk.ts';
import { createMemorySagaLog } from '../../../src/stores/memory/saga-log.ts';
import type { SagaLog } from '../../../src/stores/saga-log.ts';
import { DatabaseError } from '../../../src/stores/sqlite/database-error.ts';
import { gate } from './interference.ts';
import { goodOrder, ids, problemOf, startShop } from './shop.ts';

/** Makes the log forget what was ordered. */
function loseOrder(disk: SagaDisk, id: string): void {
  const stored = disk.sagas.get(id);
  if (stored === undefined) throw new Error(`there is no saga ${id}`);
  disk.sagas.set(id, { ...stored, record: { ...stored.record, input: null } });
}

/** A shop whose participants answer nothing until it is opened, and the disk under its log. */
async function heldShop() {
  const disk = createSagaDisk();
  const { around, open } = gate();
  const shop = await startShop({ around, log: createMemorySagaLog({ disk }) });
  onTestFinished(() => open());
  return { ...shop, disk, open };
}

const full = async (): Promise<never> => {
  throw new DatabaseError('storage', 'saga.db: disk I/O error', { code: 'SQLITE_IOERR' });
};
/** A log that cannot read events. */
const failing = (log: SagaLog): SagaLog => ({ ...log, events: full });

describe('a saga that has lost what was ordered', () => {
  test('is told to its customer by the order service, and as damaged while that has not heard of it', async () => {
    const shop = await heldShop();
    const { id } = (await (await shop.post('/orders', goodOrder)).json()) as OrderView;
    loseOrder(shop.disk, id);
    const problem = await problemOf(await shop.fetch(`/orders/${id}`));
    expect(problem).toMatchObject({ status: 500, error: 'order_unreadable' });
    expect(problem.detail).toContain('operator');
    shop.open();
    await shop.ended(id);
    expect(await (await shop.fetch(`/orders/${id}`)).json()).toMatchObject({
      status: 'CONFIRMED',
      total: 50,
    });
    await shop.services.order.close();
    expect(await problemOf(await shop.fetch(`/orders/${id}`))).toMatchObject({ error: 'owner_unavailable' });
  });

  test('is shown without an order rather than with an order of nothing', async () => {
    const shop = await heldShop();
    shop.open();
    const id = await shop.settle(goodOrder);
    loseOrder(shop.disk, id);
    const saga = await (await shop.fetch(`/sagas/${id}`)).json();
    expect(saga).toMatchObject({
      status: 'completed',
      unreadable: expect.stringContaining('what was ordered'),
    });
    for (const member of ['customer_id', 'items', 'total', 'currency'])
      expect(saga).not.toHaveProperty(member);
    expect((await shop.fetch(`/orders/${id}/saga`)).status).toBe(200);
    expect(await (await shop.fetch('/sagas?q=cust_123')).json()).toMatchObject({ sagas: [] });
  });

  test('belongs to nobody', async () => {
    const disk = createSagaDisk();
    const buyer: Caller = { id: 'shop', scopes: new Set(['orders:read', 'orders:write']) };
    const shop = await startShop({ log: createMemorySagaLog({ disk }), authenticate: () => buyer });
    const id = await shop.settle(goodOrder);
    expect((await shop.fetch(`/orders/${id}`)).status).toBe(200);
    loseOrder(disk, id);
    expect(await problemOf(await shop.fetch(`/orders/${id}`))).toMatchObject({ error: 'order_not_found' });
  });

  test('comes to who watches all sagas, and keeps no other from coming', async () => {
    const { recorded, feed } = createActivity(orderSaga, () => 1_000);
    const listening = feed.listen(AbortSignal.timeout(20_000))[Symbol.asyncIterator]();
    const batch = listening.next();
    const started = { type: 'SagaStarted', definition: 'order', version: 1, deadlineAtMs: 9_000 } as const;
    const order = { customerId: 'c', currency: 'USD', items: [], totalMinor: 5_000 };
    for (const [sagaId, input] of [
      ['lost', null],
      ['whole', order],
    ] as const) {
      const saga = { sagaId, epoch: 1, traceparent: ids.traceparent(), recovered: true, input };
      const event = { ...started, input };
      recorded(saga, event, { state: initialState(orderSaga, event), acceptedAtMs: 0, atMs: 1_000 });
    }
    expect((await batch).value?.changes).toMatchObject([
      { saga: { id: 'lost', unreadable: expect.any(String) } },
      { saga: { id: 'whole', total: 50 } },
    ]);
  });
});

describe('a saga log that fails', () => {
  test('is not taken for damaged sagas', async () => {
    const log = createMemorySagaLog();
    const shop = await startShop({ log });
    const record = await log.get(await shop.settle(goodOrder));
    if (record === undefined) throw new Error('the saga is gone');
    const load = createLoadSaga(failing(log), orderSaga);
    await expect(load(record)).rejects.toThrow('disk I/O error');
  });

  test('fails the request that needed it', async () => {
    const log = createMemorySagaLog();
    const shop = await startShop({ log });
    const id = await shop.settle(goodOrder);
    Object.assign(log, failing(log));
    for (const path of ['/sagas', '/sagas?q=cust_123', `/sagas/${id}`])
      expect(await problemOf(await shop.fetch(path))).toMatchObject({ status: 500, error: 'internal_error' });
  });
});
