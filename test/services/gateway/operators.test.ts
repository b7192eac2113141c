import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { orderSaga } from '../../../src/checkout/order-saga.ts';
import type { BulkAnswer } from '../../../src/contract/decisions.ts';
import { SagaCommand, SagaService, SagaStatus } from '../../../src/gen/ordersaga/saga/v1/saga_pb.js';
import { createRpcClient } from '../../../src/rpc/client.ts';
import type { Outcome } from '../../../src/saga/outcome.ts';
import type { OrderView } from '../../../src/services/gateway/order-view.ts';
import type { SagaView } from '../../../src/services/gateway/saga-view.ts';
import { createSagaDisk } from '../../../src/stores/memory/saga-disk.ts';
import { createMemorySagaLog } from '../../../src/stores/memory/saga-log.ts';
import { hastyLimits, hastySaga, outage } from './interference.ts';
import { goodOrder, problemOf, type Shop, shopForFile, startShop } from './shop.ts';

const idle = shopForFile();

const order = (quantity: number, price = 50, product = 'prod_1') => ({
  ...goodOrder,
  items: [{ product_id: product, quantity, price }],
});
const declined = order(2, 300);

const down = (code: string): Outcome => ({ kind: 'faulted', failure: { code, message: 'at 10.0.0.7' } });

async function submit(shop: Shop, body: unknown): Promise<string> {
  return ((await (await shop.post('/orders', body)).json()) as OrderView).id;
}

const sagaOf = async (shop: Shop, id: string): Promise<SagaView> =>
  (await (await shop.fetch(`/sagas/${id}`)).json()) as SagaView;

async function halted(shop: Shop, id: string): Promise<string> {
  await expect.poll(async () => (await sagaOf(shop, id)).status, { timeout: 20_000 }).toBe('halted');
  return id;
}

const submitHalting = async (shop: Shop, body: unknown) => halted(shop, await submit(shop, body));

/** A shop after two outages: the first halted `charged` on their way, the second `refused` while it was undone. */
async function shopAfterOutages() {
  const { broken, around } = outage();
  const shop = await startShop({
    around,
    definition: hastySaga,
    engineLimits: hastyLimits,
    seedStock: { prod_1: 100 },
  });
  broken.set('charge-payment', 'crash');
  const charged = [await submitHalting(shop, order(1)), await submitHalting(shop, order(2))] as const;
  broken.delete('charge-payment');
  broken.set('release-stock', down('UNIMPLEMENTED'));
  const refused = await submitHalting(shop, declined);
  return { shop, charged, refused };
}

const command = async (shop: Shop, body: object): Promise<BulkAnswer> => {
  const response = await shop.post('/sagas/commands', { reason: 'looked into it', operator: 'ada', ...body });
  expect(response.status).toBe(200);
  return (await response.json()) as BulkAnswer;
};

test('an outage is one row of the inbox, with its money at risk, and another one is another row', async () => {
  const { shop, charged, refused } = await shopAfterOutages();
  expect(await (await shop.fetch('/inbox')).json()).toEqual({
    groups: [
      {
        step: 'charge-payment',
        direction: 'action',
        cause: 'poison',
        message: expect.stringContaining('its driver died 1 times'),
        sagas: 2,
        cancellable: 2,
        money_at_risk: [{ currency: 'USD', amount: 150 }],
        oldest_at: expect.any(String),
        newest_at: expect.any(String),
        sample_ids: charged,
      },
      expect.objectContaining({
        step: 'reserve-stock',
        direction: 'compensation',
        cause: 'faulted',
        error: 'UNIMPLEMENTED',
        sagas: 1,
        cancellable: 0,
        money_at_risk: [],
        sample_ids: [refused],
      }),
    ],
    sagas: 3,
    unreadable: 0,
    partial: false,
  });
});

test('what a preview of a cancel says is exactly what the cancel then does', async () => {
  const { broken, calls, around } = outage();
  const shop = await startShop({ around, definition: hastySaga, engineLimits: hastyLimits });
  broken.set('charge-payment', 'crash');
  const id = await submitHalting(shop, order(2));
  const before = (await sagaOf(shop, id)).events.length;
  const preview = await command(shop, { kind: 'cancel', filter: { ids: [id] }, dry_run: true });
  expect(preview.results).toMatchObject([{ id, result: 'allowed', status: 'compensated' }]);
  const foretold = preview.results[0]?.calls ?? [];
  expect(foretold.map(({ effect }) => effect)).toEqual([
    'refund 100.00 USD, if charge-payment ever took effect',
    'release 2 × prod_1',
    'mark the order as cancelled',
  ]);
  expect((await sagaOf(shop, id)).events).toHaveLength(before);

  broken.clear();
  calls.splice(0);
  const run = await command(shop, { kind: 'cancel', filter: { ids: [id] } });
  expect(run.results).toMatchObject([{ id, result: 'done' }]);
  await shop.ended(id);
  expect(calls.map(({ operation }) => operation)).toEqual(foretold.map(({ operation }) => operation));
  const { status, events } = await sagaOf(shop, id);
  expect(status).toBe(preview.results[0]?.status);
  expect(events.map(({ data }) => data)).toContainEqual({
    type: 'CancelRequested',
    by: 'ada',
    reason: 'looked into it',
  });
  const { stock } = (await (await shop.fetch('/stock')).json()) as {
    stock: { product_id: string; available: number; reserved: number }[];
  };
  expect(stock.find(({ product_id }) => product_id === 'prod_1')).toMatchObject({
    available: 15,
    reserved: 0,
  });
});

test('after an outage all its sagas were retried with one decision, and no others', async () => {
  const { shop, charged, refused: other } = await shopAfterOutages();
  const filter = { step: 'charge-payment', cause: 'poison' };
  const first = await command(shop, { kind: 'retry', filter, limit: 1 });
  expect(first).toMatchObject({ counts: { done: 1 }, has_more: true, results: [{ id: charged[1] }] });
  await shop.ended(charged[1]);
  const rest = await command(shop, { kind: 'retry', filter });
  expect(rest).toMatchObject({ counts: { done: 1 }, has_more: false, results: [{ id: charged[0] }] });
  await shop.ended(charged[0]);
  expect((await sagaOf(shop, other)).status).toBe('halted');
  const byError = { kind: 'retry', dry_run: true, filter: { error: 'UNIMPLEMENTED' } };
  expect((await command(shop, byError)).results).toMatchObject([{ id: other, result: 'allowed' }]);
  expect((await sagaOf(shop, charged[0])).events.map(({ data }) => data)).toContainEqual({
    type: 'RetryRequested',
    by: 'ada',
    reason: 'looked into it',
  });
});

test('one that is refused does not stop the others, and each says why', async () => {
  const { broken, around } = outage();
  const shop = await startShop({ around, definition: hastySaga, engineLimits: hastyLimits });
  const completed = await shop.settle(order(1));
  broken.set('release-stock', down('UNIMPLEMENTED'));
  const id = await submitHalting(shop, declined);
  const nobody = randomUUID();
  const skip = { kind: 'skip', step: 'reserve-stock', filter: { ids: [completed, nobody, id] } };
  expect((await command(shop, { ...skip, dry_run: true })).results).toMatchObject([
    { id: completed, result: 'refused', why: expect.stringContaining('completed') },
    { id: nobody, result: 'not_found' },
    { id, result: 'allowed', calls: [{ operation: 'cancel-order' }], status: 'compensated' },
  ]);
  const { counts, results } = await command(shop, skip);
  expect(counts).toMatchObject({ done: 1, refused: 1, not_found: 1 });
  expect(results.map(({ result }) => result)).toEqual(['refused', 'not_found', 'done']);
  await shop.ended(id);
});

test.each([
  ['nothing to select by', { kind: 'retry', filter: {} }, '#/filter'],
  ['no filter', { kind: 'retry' }, '#/filter'],
  ['a skip without a step', { kind: 'skip', filter: { status: 'halted' } }, '#/step'],
  ['a retry with a step', { kind: 'retry', step: 'x', filter: { status: 'halted' } }, '#/step'],
  ['no reason', { kind: 'retry', filter: { status: 'halted' }, reason: undefined }, '#/reason'],
  ['too high a limit', { kind: 'retry', filter: { status: 'halted' }, limit: 501 }, '#/limit'],
  ['a status that no decision fits', { kind: 'cancel', filter: { status: 'completed' } }, '#/filter/status'],
])('a decision about many with %s is refused', async (_, body, pointer) => {
  const problem = await problemOf(await idle().post('/sagas/commands', { reason: 'x', ...body }));
  expect(problem).toMatchObject({ status: 400, error: 'invalid_request' });
  expect(problem.errors?.map((issue) => issue.pointer)).toContain(pointer);
});

test('an explanation tells the story, what is open, what is next and what can be done', async () => {
  const { broken, around } = outage();
  const shop = await startShop({ around, definition: hastySaga, engineLimits: hastyLimits });
  broken.set('charge-payment', 'crash');
  const id = await submitHalting(shop, order(2));
  const { trace_id } = await sagaOf(shop, id);
  const explained = await (await shop.fetch(`/sagas/${id}/explanation`)).json();
  expect(explained).toMatchObject({
    id,
    status: 'halted',
    trace_id,
    open: [
      'The order is recorded, and neither confirmed nor cancelled.',
      '2 × prod_1 is held for it.',
      'Nobody knows whether this happened: charge 100.00 USD.',
      'It has waited for a person since it halted at charge-payment.',
    ],
    next: ['Nothing happens until a person decides.'],
    choices: [
      {
        kind: 'retry',
        allowed: true,
        calls: [{ effect: 'charge 100.00 USD' }, { effect: 'confirm the order' }],
        ends: 'completed',
      },
      {
        kind: 'skip',
        step: 'charge-payment',
        allowed: true,
        calls: [{ effect: 'confirm the order' }],
        ends: 'completed',
      },
      {
        kind: 'cancel',
        allowed: true,
        calls: [
          { effect: 'refund 100.00 USD, if charge-payment ever took effect' },
          { effect: 'release 2 × prod_1' },
          { effect: 'mark the order as cancelled' },
        ],
        ends: 'compensated',
      },
    ],
  });
  const { story } = explained as { story: { text: string; at: string; trace_id: string }[] };
  expect(story.map(({ text }) => text)).toContain('Reserved 2 × prod_1');
  expect(story[0]).toMatchObject({ trace_id, at: expect.stringMatching(/Z$/) });
});

test('the explanation of an order that ended has nothing open and nothing to decide', async () => {
  const shop = idle();
  const id = await shop.settle(order(1));
  const explained = await (await shop.fetch(`/sagas/${id}/explanation`)).json();
  expect(explained).toMatchObject({ open: [], next: ['Nothing more will happen.'], choices: [] });
  const missing = await problemOf(await shop.fetch(`/sagas/${randomUUID()}/explanation`));
  expect(missing).toMatchObject({ status: 404, error: 'saga_not_found' });
});

test('a paused engine accepts orders and holds them, says so everywhere, and a resume lets them go', async () => {
  const { calls, around } = outage();
  const shop = await startShop({ around, definition: hastySaga, engineLimits: hastyLimits });
  const reason = 'new disks for payment';
  const paused = await shop.post('/engine/pause', { reason, operator: 'ada' });
  expect(await paused.json()).toMatchObject({
    paused: true,
    pauses: [{ by: 'ada', reason, since: expect.any(String) }],
    accepting: true,
  });
  const response = await shop.post('/orders', order(1));
  expect(response.status).toBe(201);
  const { id, status } = (await response.json()) as OrderView;
  expect(status).toBe('PENDING');
  const ready = await shop.fetch('/readyz');
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ checks: { engine: 'paused' } });
  const { next } = (await (await shop.fetch(`/sagas/${id}/explanation`)).json()) as { next: string[] };
  expect(next[0]).toMatch(
    /^Calls to all participants have been paused since .+, by ada: new disks for payment\.$/,
  );
  expect(await (await shop.fetch('/engine')).json()).toMatchObject({ paused: true, live: 1 });
  expect(calls).toEqual([]);
  const resumed = await shop.post('/engine/resume', { reason: 'disks are in', operator: 'ada' });
  expect(await resumed.json()).toMatchObject({ paused: false, pauses: [] });
  await shop.ended(id);
  expect(await (await shop.fetch(`/orders/${id}`)).json()).toMatchObject({ status: 'CONFIRMED' });
});

test('one participant is paused, and only a known one', async () => {
  const shop = await startShop();
  const answer = await shop.post('/engine/pause', { reason: 'x', participant: 'payment' });
  expect(await answer.json()).toMatchObject({ paused: false, pauses: [{ participant: 'payment' }] });
  expect(await (await shop.fetch('/readyz')).json()).toMatchObject({ checks: { engine: 'partly_paused' } });
  const problem = await problemOf(await shop.post('/engine/pause', { reason: 'x', participant: 'shipping' }));
  expect(problem).toMatchObject({ status: 400, errors: [{ pointer: '#/participant' }] });
  expect((await shop.post('/engine/pause', { participant: 'payment' })).status).toBe(400);
});

test('a saga of another version is listed and explained with the reason, and nobody decides about it', async () => {
  const disk = createSagaDisk();
  const { broken, around } = outage();
  const first = await startShop({
    log: createMemorySagaLog({ disk }),
    around,
    definition: hastySaga,
    engineLimits: hastyLimits,
  });
  broken.set('charge-payment', 'crash');
  const id = await submitHalting(first, order(1));
  const next = await startShop({
    log: createMemorySagaLog({ disk, pid: 2 }),
    definition: { ...orderSaga, version: 2 },
  });
  const unreadable = expect.stringContaining('version 1 of the saga "order"');
  expect(await (await next.fetch('/sagas')).json()).toMatchObject({
    sagas: [{ id, status: 'halted', unreadable, steps: [], cancellable: false }],
  });
  expect(await sagaOf(next, id)).toMatchObject({ unreadable, undo: [] });
  expect(await (await next.fetch('/inbox')).json()).toMatchObject({ groups: [], sagas: 1, unreadable: 1 });
  expect(await (await next.fetch(`/sagas/${id}/explanation`)).json()).toMatchObject({
    next: [unreadable],
    choices: [],
  });
  const bulk = await command(next, { kind: 'retry', filter: { ids: [id] } });
  expect(bulk.results).toMatchObject([{ id, result: 'refused', why: unreadable }]);
  const single = await problemOf(await next.post(`/sagas/${id}/retry`, { reason: 'x' }));
  expect(single).toMatchObject({ status: 409, error: 'command_refused' });
});

test('over gRPC a decision is previewed, and calls are held back and released', async () => {
  const { broken, around } = outage();
  const shop = await startShop({ around, definition: hastySaga, engineLimits: hastyLimits });
  const options = { service: SagaService, address: shop.gateway.sagaAddress, timeoutMs: 20_000 };
  const { client, close } = createRpcClient(options);
  onTestFinished(() => close());
  broken.set('charge-payment', 'crash');
  const sagaId = await submitHalting(shop, order(2));
  const preview = await client.previewCommand({ sagaId, command: SagaCommand.CANCEL });
  expect(preview).toMatchObject({ refusedBecause: '', status: SagaStatus.COMPENSATED, byHand: '' });
  expect(preview.calls).toMatchObject([
    { operation: 'refund-payment', uncertain: true },
    { operation: 'release-stock', effect: 'release 2 × prod_1', uncertain: false },
    { operation: 'cancel-order', direction: 'compensation', step: 'create-order' },
  ]);
  const skip = { sagaId, command: SagaCommand.SKIP };
  expect((await client.previewCommand({ ...skip, step: 'confirm-order' })).refusedBecause).toContain(
    'halted on',
  );
  await expect(client.previewCommand(skip)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  broken.delete('charge-payment');
  broken.set('confirm-order', 'crash');
  const unconfirmed = { sagaId: await submitHalting(shop, order(1)), step: 'confirm-order' };
  expect(await client.previewCommand({ ...skip, ...unconfirmed })).toMatchObject({
    status: SagaStatus.COMPLETED,
    byHand: 'confirm-order',
  });
  const held = [{ participant: '', operator: 'ada', reason: 'new disks' }];
  const { pauses } = await client.pauseEngine({ reason: 'new disks', operator: 'ada' });
  expect(pauses).toMatchObject(held);
  expect(await client.getEngine({})).toMatchObject({ pauses: held, liveSagas: 0 });
  const unknown = client.pauseEngine({ reason: 'x', participant: 'shipping' });
  await expect(unknown).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(await client.resumeEngine({ reason: 'disks are in', operator: 'ada' })).toMatchObject({
    pauses: [],
  });
});
