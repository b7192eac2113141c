import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Caller } from '../../../src/services/gateway/caller.ts';
import type { OrderView } from '../../../src/services/gateway/order-view.ts';
import type { SagaView } from '../../../src/services/gateway/saga-view.ts';
import { readEvents } from './event-stream.ts';
import { failing, gate } from './interference.ts';
import { goodOrder, problemOf, type Shop, shopForFile, startShop } from './shop.ts';

const shop = shopForFile();
const declined = { ...goodOrder, items: [{ product_id: 'prod_1', quantity: 2, price: 300.0 }] };
const broken = { kind: 'faulted', failure: { code: 'UNIMPLEMENTED', message: 'at 10.0.0.7' } } as const;
const sagaOf = async (at: Shop, id: string): Promise<SagaView> =>
  (await (await at.fetch(`/sagas/${id}`)).json()) as SagaView;

/** A shop with one saga that halted while its stock was given back. */
async function haltedShop(times: number) {
  const halting = await startShop({ around: failing('release-stock', times, broken) });
  const { id } = (await (await halting.post('/orders', declined)).json()) as OrderView;
  await readEvents(await halting.fetch(`/orders/${id}/events`), { limit: 6 });
  return { halting, id };
}

test('a saga shows its steps, its attempts and what was undone', async () => {
  const id = await shop().settle(declined);
  const saga = await sagaOf(shop(), id);
  expect(saga).toMatchObject({
    id,
    status: 'compensated',
    cause: { code: 'payment_declined', step: 'charge-payment' },
    total: 600,
    currency: 'USD',
    cancellable: false,
    undo: [],
  });
  expect(saga).not.toHaveProperty('step');
  expect(
    saga.steps.map(({ name, status, attempts, compensation_attempts }) => [
      name,
      status,
      attempts,
      compensation_attempts,
    ]),
  ).toEqual([
    ['create-order', 'compensated', 1, 1],
    ['reserve-stock', 'compensated', 1, 1],
    ['charge-payment', 'rejected', 1, 0],
    ['confirm-order', 'pending', 0, 0],
  ]);
  expect(saga.steps[2]?.last_error).toMatch(/^payment_declined: /);
  expect(saga.events.map(({ seq }) => seq)).toEqual(saga.events.map((_, index) => index + 1));
});

test('sagas are listed newest first, page by page, by status, with all counts', async () => {
  const made = [await shop().settle(declined), await shop().settle(declined)];
  const first = await (await shop().fetch('/sagas?status=compensated&limit=1')).json();
  expect(first).toMatchObject({ sagas: [{ id: made[1] }], next_cursor: expect.any(String) });
  const { next_cursor } = first as { next_cursor: string };
  const second = await (await shop().fetch(`/sagas?status=compensated&limit=1&cursor=${next_cursor}`)).json();
  expect(second).toMatchObject({ sagas: [{ id: made[0] }], counts: { running: 0, halted: 0 } });
  expect(await (await shop().fetch('/sagas?status=halted')).json()).toMatchObject({ sagas: [] });
});

test.each(['limit=0', 'status=lost', 'cursor=bm9uc2Vuc2U', 'page=2'])(
  'a list with %s is refused',
  async (query) => {
    const problem = await problemOf(await shop().fetch(`/sagas?${query}`));
    expect(problem).toMatchObject({ status: 400, error: 'invalid_parameter' });
  },
);

test('a saga that does not exist is 404', async () => {
  for (const id of [randomUUID(), 'x']) {
    expect(await problemOf(await shop().fetch(`/sagas/${id}`))).toMatchObject({ error: 'saga_not_found' });
    const command = await shop().post(`/sagas/${id}/retry`, { reason: 'why not' });
    expect(await problemOf(command)).toMatchObject({ status: 404, error: 'saga_not_found' });
  }
  const order = await problemOf(await shop().fetch(`/orders/${randomUUID()}/saga`));
  expect(order).toMatchObject({ status: 404, error: 'order_not_found' });
});

test('a halted saga says where and why it waits, what is left to undo, and is listed', async () => {
  const { halting, id } = await haltedShop(1);
  expect(await sagaOf(halting, id)).toMatchObject({
    status: 'halted',
    step: 'reserve-stock',
    halt: { step: 'reserve-stock', direction: 'compensation', code: 'faulted' },
    reason: 'faulted: UNIMPLEMENTED: at 10.0.0.7',
    undo: [
      { step: 'reserve-stock', compensation: 'release-stock', effect: 'release 2 × prod_1' },
      { step: 'create-order', compensation: 'cancel-order', effect: 'mark the order as cancelled' },
    ],
  });
  const list = await (await halting.fetch('/sagas?status=halted')).json();
  expect(list).toMatchObject({ sagas: [{ id, step: 'reserve-stock' }], counts: { halted: 1 } });
  expect(await (await halting.fetch(`/orders/${id}`)).json()).toMatchObject({ status: 'PENDING' });
});

test('a halted saga was retried with a reason that is kept', async () => {
  const { halting, id } = await haltedShop(1);
  const response = await halting.post(`/sagas/${id}/retry`, { reason: 'inventory is back', operator: 'ada' });
  expect(response.status).toBe(200);
  await halting.ended(id);
  const { status, events } = await sagaOf(halting, id);
  expect(status).toBe('compensated');
  expect(events.map(({ data }) => data)).toContainEqual({
    type: 'RetryRequested',
    by: 'ada',
    reason: 'inventory is back',
  });
});

test('the step of a halted saga was skipped, but only the one it halted on', async () => {
  const { halting, id } = await haltedShop(99);
  const wrong = await halting.post(`/sagas/${id}/skip`, { reason: 'by hand', step: 'create-order' });
  expect(await problemOf(wrong)).toMatchObject({ status: 409, error: 'command_refused' });
  await halting.post(`/sagas/${id}/skip`, { reason: 'by hand', step: 'reserve-stock' });
  await halting.ended(id);
  const { status, steps } = await sagaOf(halting, id);
  expect([status, steps[1]?.status]).toEqual(['compensated', 'skipped']);
});

test.each([
  ['no reason', 'retry', {}, '#/reason'],
  ['an empty reason', 'cancel', { reason: '' }, '#/reason'],
  ['a reason with a line break', 'cancel', { reason: 'a\nb' }, '#/reason'],
  ['no step', 'skip', { reason: 'x' }, '#/step'],
  ['an unknown member', 'retry', { reason: 'x', step: 'create-order' }, '#/step'],
])('a command with %s is refused', async (_, verb, body, pointer) => {
  const problem = await problemOf(await shop().post(`/sagas/${randomUUID()}/${verb}`, body));
  expect(problem).toMatchObject({ status: 400, error: 'invalid_request' });
  expect(problem.errors?.map((issue) => issue.pointer)).toContain(pointer);
});

test('a saga that runs is not retried', async () => {
  const { around, open } = gate();
  const slow = await startShop({ around });
  const { id } = (await (await slow.post('/orders', goodOrder)).json()) as OrderView;
  const problem = await problemOf(await slow.post(`/sagas/${id}/retry`, { reason: 'impatience' }));
  expect(problem).toMatchObject({ status: 409, error: 'command_refused' });
  expect(problem.detail).toContain('halted');
  open();
  await slow.ended(id);
});

test('a customer cancelled an order under way, twice, and it was undone', async () => {
  const { around, open } = gate();
  const slow = await startShop({ around });
  const { id } = (await (await slow.post('/orders', goodOrder)).json()) as OrderView;
  const first = await slow.post(`/orders/${id}/cancel`, { reason: 'found it cheaper' });
  expect([first.status, await first.json()]).toMatchObject([202, { id, status: 'PENDING' }]);
  expect((await slow.fetch(`/orders/${id}/cancel`, { method: 'POST' })).status).toBe(202);
  open();
  await slow.ended(id);
  const order = await (await slow.fetch(`/orders/${id}`)).json();
  expect(order).toMatchObject({ status: 'CANCELLED', reason: 'The order was cancelled on request.' });
  expect((await slow.post(`/orders/${id}/cancel`, {})).status).toBe(409);
});

test('an order that its service has not heard of yet is told from the saga log', async () => {
  const { around, open } = gate();
  const slow = await startShop({ around });
  const accepted = (await (await slow.post('/orders', goodOrder)).json()) as OrderView;
  expect(await (await slow.fetch(`/orders/${accepted.id}`)).json()).toEqual(accepted);
  open();
  await slow.ended(accepted.id);
});

test('while the order service is away, orders are told from the log, and the unknown are not denied', async () => {
  const away = await startShop();
  const confirmed = await away.settle(goodOrder);
  const cancelled = await away.settle(declined);
  await away.services.order.close();
  expect(await (await away.fetch(`/orders/${confirmed}`)).json()).toMatchObject({ status: 'CONFIRMED' });
  expect(await (await away.fetch(`/orders/${cancelled}`)).json()).toMatchObject({
    status: 'CANCELLED',
    reason: 'Payment was declined.',
  });
  for (const path of [`/orders/${randomUUID()}`, '/orders']) {
    const response = await away.fetch(path);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await problemOf(response)).toMatchObject({
      status: 503,
      error: 'owner_unavailable',
      detail: 'The order service does not answer. Ask again in a moment.',
    });
  }
});

test('readiness says which participant is away, and liveness does not care', async () => {
  const away = await startShop({ limits: { healthCacheMs: 0 } });
  expect((await away.fetch('/readyz')).status).toBe(200);
  await away.services.payment.close();
  const response = await away.fetch('/readyz');
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    status: 'notReady',
    checks: { payment: 'unreachable', order: 'serving', log: 'writable' },
  });
  expect((await away.fetch('/healthz')).status).toBe(200);
});

test('an engine that is full answers 503 with a time to come back, and accepted nothing', async () => {
  const { around, open } = gate();
  const full = await startShop({ around, engineLimits: { maxLive: 1 } });
  const { id } = (await (await full.post('/orders', goodOrder)).json()) as OrderView;
  const headers = { 'Idempotency-Key': 'k' };
  const refused = await full.post('/orders', goodOrder, headers);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await problemOf(refused)).toMatchObject({ status: 503, error: 'overloaded' });
  open();
  await full.ended(id);
  await expect.poll(async () => (await full.post('/orders', goodOrder, headers)).status).toBe(201);
});

test('callers do what their token allows, and see what is meant for them', async () => {
  const callers: Readonly<Record<string, Caller>> = {
    'Bearer shop': { id: 'shop', scopes: new Set(['orders:read', 'orders:write']) },
    'Bearer ops': { id: 'ops', scopes: 'all' },
  };
  const guarded = await startShop({ authenticate: (authorization = '') => callers[authorization] });
  const as = (Authorization: string) => ({ headers: { Authorization } });
  const nobody = await guarded.fetch('/orders');
  expect(nobody.headers.get('www-authenticate')).toBe('Bearer realm="ordersaga"');
  expect(await problemOf(nobody)).toMatchObject({ status: 401, error: 'unauthenticated' });
  expect(await problemOf(await guarded.fetch('/sagas', as('Bearer shop')))).toMatchObject({
    status: 403,
    error: 'forbidden',
  });
  for (const path of ['/healthz', '/readyz', '/docs', '/openapi.json']) {
    expect((await guarded.fetch(path)).status).toBe(200);
  }
  const made = await guarded.post('/orders', declined, { Authorization: 'Bearer shop' });
  const { id } = (await made.json()) as OrderView;
  await guarded.ended(id);
  const saga = `/orders/${id}/saga`;
  const message = /over|declin|limit/i;
  const forOps = (await (await guarded.fetch(saga, as('Bearer ops'))).json()) as SagaView;
  expect(forOps.steps[2]?.last_error).toMatch(message);
  const forShop = (await (await guarded.fetch(saga, as('Bearer shop'))).json()) as SagaView;
  expect(forShop.steps[2]?.last_error).toBe('payment_declined');
  expect(forShop.cause).toMatchObject({ code: 'payment_declined', message: '' });
  const rejected = forShop.events.find(({ type }) => type === 'StepRejected');
  expect(rejected?.data).toMatchObject({ refusal: { code: 'payment_declined', message: '' } });
});
