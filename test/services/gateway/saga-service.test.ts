import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OrderStatus } from '../../../src/gen/ordersaga/order/v1/order_pb.js';
import { type SagaEvent, SagaService, SagaStatus } from '../../../src/gen/ordersaga/saga/v1/saga_pb.js';
import { createRpcClient } from '../../../src/rpc/client.ts';
import type { RpcConnection } from '../../../src/rpc/rpc-client.ts';
import { RpcError } from '../../../src/rpc/rpc-error.ts';
import type { OrderView } from '../../../src/services/gateway/order-view.ts';
import { gate } from './interference.ts';
import { goodOrder, ids, shopForFile, startShop } from './shop.ts';

const shop = shopForFile();
let connection: RpcConnection<typeof SagaService>;
beforeAll(() => {
  connection = connect(shop().gateway.sagaAddress);
});
afterAll(() => connection.close());

const connect = (address: string) => createRpcClient({ service: SagaService, address, timeoutMs: 20_000 });
const money = (minorUnits: bigint, currencyCode = 'USD') => ({ currencyCode, minorUnits });
const order = (minorUnits = 5_000n) => ({
  customerId: 'cust_123',
  items: [{ productId: 'prod_1', quantity: 1, price: money(minorUnits) }],
});
const errorOf = async (call: Promise<unknown>): Promise<RpcError> => {
  const error = await call.then(
    () => new Error('the call succeeded'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof RpcError) return error;
  throw error;
};
const submitted = async (minorUnits?: bigint): Promise<string> => {
  const { order: made } = await connection.client.submitOrder(order(minorUnits));
  return made?.id ?? '';
};

test('an order over gRPC is the same order over HTTP', async () => {
  const { order: made } = await connection.client.submitOrder(order());
  expect(made).toMatchObject({ customerId: 'cust_123', status: OrderStatus.PENDING, total: money(5_000n) });
  const id = made?.id ?? '';
  await shop().ended(id);
  expect(await (await shop().fetch(`/orders/${id}`)).json()).toMatchObject({
    ...goodOrder,
    id,
    status: 'CONFIRMED',
  });
});

test('a key is the same key over gRPC and over HTTP', async () => {
  const key = randomUUID();
  const metadata = { idempotencyKey: key, traceparent: ids.traceparent() };
  const { order: first } = await connection.client.submitOrder(order(), { metadata });
  const { order: again } = await connection.client.submitOrder(order(), { metadata });
  expect(again).toEqual(first);
  const response = await shop().post('/orders', goodOrder, { 'Idempotency-Key': key });
  expect(((await response.json()) as OrderView).id).toBe(first?.id);
  expect(response.headers.get('idempotency-replayed')).toBe('true');
  const error = await errorOf(connection.client.submitOrder(order(4_000n), { metadata }));
  expect(error.code).toBe('ALREADY_EXISTS');
});

test.each([
  ['a price of zero', { items: [{ productId: 'p', quantity: 1, price: money(0n) }] }, 'items[0].price'],
  [
    'a bidi character',
    { items: [{ productId: '\u202e', quantity: 1, price: money(1n) }] },
    'items[0].product_id',
  ],
  ['no items', { items: [] }, 'items'],
  ['no price', { items: [{ productId: 'p', quantity: 1 }] }, 'items[0].price'],
  [
    'an unknown currency',
    { items: [{ productId: 'p', quantity: 1, price: money(1n, 'QQQ') }] },
    'items[0].price.currency_code',
  ],
  [
    'two currencies',
    { items: ['USD', 'EUR'].map((code) => ({ productId: 'p', quantity: 1, price: money(1n, code) })) },
    'items[1].price',
  ],
  [
    'a price that JSON cannot carry',
    { items: [{ productId: 'p', quantity: 1, price: money(9_007_199_254_740_991n) }] },
    'items[0].price',
  ],
])('an order with %s is refused and says where', async (_, wrong, field) => {
  const error = await errorOf(connection.client.submitOrder({ ...order(), ...wrong }));
  expect(error.code).toBe('INVALID_ARGUMENT');
  expect(error.fieldViolations.map((violation) => violation.field)).toContain(field);
});

test('a saga is shown with its steps and its events', async () => {
  const id = await submitted(60_000n);
  await shop().ended(id);
  const { saga, events } = await connection.client.getSaga({ sagaId: id.toUpperCase() });
  expect(saga).toMatchObject({
    id,
    definition: 'order',
    status: SagaStatus.COMPENSATED,
    definitionVersion: 1,
  });
  expect(saga?.reason).toMatch(/^payment_declined: /);
  expect(saga?.steps.map(({ status }) => status)).toEqual([
    'compensated',
    'compensated',
    'rejected',
    'pending',
  ]);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => BigInt(index + 1)));
  expect(events[0]?.hash).toHaveLength(32);
  expect(JSON.parse(events[0]?.dataJson ?? '')).toMatchObject({ type: 'SagaStarted' });
});

test("a trace context of a later version is the saga's trace too", async () => {
  const traceId = ids.traceparent().slice(3, 35);
  const metadata = { traceparent: `01-${traceId}-b7ad6b7169203331-01-more` };
  const { order: made } = await connection.client.submitOrder(order(), { metadata });
  const { saga, events } = await connection.client.getSaga({ sagaId: made?.id ?? '' });
  expect(saga?.traceId).toBe(traceId);
  expect(events[0]?.traceId).toBe(traceId);
});

test('sagas are listed by status, page by page', async () => {
  const id = await submitted(60_000n);
  await shop().ended(id);
  const status = SagaStatus.COMPENSATED;
  const first = await connection.client.listSagas({ status, pageSize: 1 });
  expect(first.sagas.map((saga) => saga.id)).toEqual([id]);
  const all = await connection.client.listSagas({ pageToken: first.nextPageToken });
  expect(all.sagas.map((saga) => saga.id)).not.toContain(id);
  const error = await errorOf(connection.client.listSagas({ pageToken: 'nonsense' }));
  expect(error.fieldViolations).toMatchObject([{ field: 'page_token' }]);
});

test('a saga was watched from an event on until its end', async () => {
  const sagaId = await submitted();
  const seen: SagaEvent[] = [];
  for await (const { event } of connection.client.watchSaga({ sagaId, afterSeq: 1n }))
    if (event) seen.push(event);
  expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => BigInt(index + 2)));
  expect(seen.at(-1)?.type).toBe('SagaCompleted');
});

test('what does not exist is NOT_FOUND', async () => {
  const sagaId = randomUUID();
  const { client } = connection;
  const watching = async (): Promise<void> => {
    for await (const _ of client.watchSaga({ sagaId }));
  };
  for (const call of [client.getSaga({ sagaId }), client.retrySaga({ sagaId, reason: 'x' }), watching()]) {
    expect((await errorOf(call)).code).toBe('NOT_FOUND');
  }
});

test('what the state of a saga forbids is FAILED_PRECONDITION', async () => {
  const sagaId = await submitted();
  await shop().ended(sagaId);
  const { client } = connection;
  for (const call of [
    client.retrySaga({ sagaId, reason: 'x' }),
    client.cancelSaga({ sagaId, reason: 'x' }),
    client.skipStep({ sagaId, step: 'create-order', reason: 'x' }),
  ]) {
    expect((await errorOf(call)).code).toBe('FAILED_PRECONDITION');
  }
});

test('an operator cancelled a saga under way and was named in its log', async () => {
  const { around, open } = gate();
  const slow = await startShop({ around });
  const { client, close } = connect(slow.gateway.sagaAddress);
  const { order: made } = await client.submitOrder(order());
  const sagaId = made?.id ?? '';
  await client.cancelSaga({ sagaId, reason: 'wrong address', operator: 'ada' });
  open();
  await slow.ended(sagaId);
  const { events } = await client.getSaga({ sagaId });
  expect(events.map(({ dataJson }) => JSON.parse(dataJson))).toContainEqual({
    type: 'CancelRequested',
    by: 'ada',
    reason: 'wrong address',
  });
  close();
});

test('an engine that is full is RESOURCE_EXHAUSTED', async () => {
  const { around, open } = gate();
  const full = await startShop({ around, engineLimits: { maxLive: 1 } });
  const { client, close } = connect(full.gateway.sagaAddress);
  const { order: made } = await client.submitOrder(order());
  expect((await errorOf(client.submitOrder(order()))).code).toBe('RESOURCE_EXHAUSTED');
  open();
  await full.ended(made?.id ?? '');
  close();
});

test('callers without a token, or with the wrong one, are turned away', async () => {
  const guarded = await startShop({ authenticate: () => undefined });
  const limited = await startShop({
    authenticate: () => ({ id: 'shop', scopes: new Set(['orders:write']) }),
  });
  for (const [at, code] of [
    [guarded, 'UNAUTHENTICATED'],
    [limited, 'PERMISSION_DENIED'],
  ] as const) {
    const { client, close } = connect(at.gateway.sagaAddress);
    expect((await errorOf(client.listSagas({}))).code).toBe(code);
    close();
  }
});

test('a gateway that requires keys refuses orders without one', async () => {
  const strict = await startShop({ requireIdempotencyKey: true });
  const { client, close } = connect(strict.gateway.sagaAddress);
  const error = await errorOf(client.submitOrder(order()));
  expect(error.fieldViolations).toMatchObject([{ field: 'x-idempotency-key' }]);
  close();
});
