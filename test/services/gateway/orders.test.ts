import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { OrderView } from '../../../src/services/gateway/order-view.ts';
import { goodOrder, ids, problemOf, type Shop, shopForFile } from './shop.ts';

const shop = shopForFile();
const orderOf = async (response: Response): Promise<OrderView> => (await response.json()) as OrderView;
const costly = { ...goodOrder, items: [{ product_id: 'prod_1', quantity: 1, price: 600.0 }] };

test('an order is answered with 201, where it is and that it is pending', async () => {
  const response = await shop().post('/orders', goodOrder);
  const order = await orderOf(response);
  expect(response.status).toBe(201);
  expect(response.headers.get('location')).toBe(`/orders/${order.id}`);
  expect(order).toMatchObject({ ...goodOrder, status: 'PENDING', total: 50, currency: 'USD' });
  expect(Object.keys(order)).toEqual([
    'id',
    'customer_id',
    'status',
    'total',
    'currency',
    'items',
    'created_at',
    'updated_at',
  ]);
});

test('an order whose every step succeeds is confirmed', async () => {
  const id = await shop().settle(goodOrder);
  expect(await orderOf(await shop().fetch(`/orders/${id}`))).toMatchObject({
    id,
    status: 'CONFIRMED',
    total: 50,
  });
});

test('a declined payment cancels the order with a reason for the customer', async () => {
  const id = await shop().settle(costly);
  const order = await orderOf(await shop().fetch(`/orders/${id}`));
  expect(order).toMatchObject({ status: 'CANCELLED', reason: 'Payment was declined.' });
});

test('an order in another currency keeps the decimal places of that currency', async () => {
  const yen = { ...goodOrder, currency: 'JPY', items: [{ product_id: 'prod_1', quantity: 2, price: 150 }] };
  const order = await orderOf(await shop().post('/orders', yen));
  expect(order).toMatchObject({ currency: 'JPY', total: 300 });
});

test('the largest total that JSON carries exactly is accepted, one unit more is not', async () => {
  const of = (price: number) => ({
    ...goodOrder,
    currency: 'JPY',
    items: [{ product_id: 'p', quantity: 1, price }],
  });
  expect((await shop().post('/orders', of(Number.MAX_SAFE_INTEGER))).status).toBe(201);
  expect((await shop().post('/orders', of(Number.MAX_SAFE_INTEGER + 1))).status).toBe(400);
});

test('an order that does not exist is 404, whatever its id looks like', async () => {
  for (const id of [randomUUID(), 'nonsense', 'a%0Db', '%E2%80%8B']) {
    const problem = await problemOf(await shop().fetch(`/orders/${id}`));
    expect(problem).toMatchObject({ status: 404, error: 'order_not_found' });
  }
});

test('orders are listed newest first, page by page, by status and by customer', async () => {
  const customer_id = `cust_${randomUUID()}`;
  const made: string[] = [];
  for (let n = 0; n < 3; n += 1) made.push(await shop().settle({ ...goodOrder, customer_id }));
  const seen: string[] = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const response = await shop().fetch(`/orders?customer_id=${customer_id}&limit=2${after}`);
    const page = (await response.json()) as { orders: OrderView[]; next_cursor?: string };
    seen.push(...page.orders.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  expect(seen).toEqual(made.toReversed());
  const pending = await shop().fetch(`/orders?customer_id=${customer_id}&status=PENDING`);
  expect(await pending.json()).toEqual({ orders: [] });
});

test.each([
  ['limit=0', 'limit'],
  ['limit=201', 'limit'],
  ['limit=two', 'limit'],
  ['status=LOST', 'status'],
  ['stauts=PENDING', 'stauts'],
  ['limit=1&limit=2', 'limit'],
  ['cursor=nonsense', 'cursor'],
])('a list with %s is refused and says what to fix', async (query, pointer) => {
  const problem = await problemOf(await shop().fetch(`/orders?${query}`));
  expect(problem).toMatchObject({ status: 400, error: 'invalid_parameter' });
  expect(problem.errors?.map((issue) => issue.pointer)).toContain(pointer);
});

test('a query that cannot be decoded is 400', async () => {
  const problem = await problemOf(await shop().fetch('/orders?status=%zz'));
  expect(problem).toMatchObject({ status: 400, error: 'invalid_parameter' });
});

test('a confirmed order can no longer be cancelled', async () => {
  const id = await shop().settle(goodOrder);
  const problem = await problemOf(await shop().post(`/orders/${id}/cancel`, {}));
  expect(problem).toMatchObject({ status: 409, error: 'order_not_cancellable' });
});

test('an order that never existed cannot be cancelled', async () => {
  const response = await shop().fetch(`/orders/${randomUUID()}/cancel`, { method: 'POST' });
  expect(await problemOf(response)).toMatchObject({ status: 404, error: 'order_not_found' });
});

test("a client's request id and trace are taken, echoed and kept with the saga", async () => {
  const traceparent = ids.traceparent();
  const headers = { traceparent, 'X-Request-Id': 'req-17' };
  const response = await shop().post('/orders', goodOrder, headers);
  const { id } = await orderOf(response);
  const traceId = traceparent.slice(3, 35);
  expect(response.headers.get('x-request-id')).toBe('req-17');
  expect(response.headers.get('x-trace-id')).toBe(traceId);
  const saga = (await (await shop().fetch(`/orders/${id}/saga`)).json()) as { trace_id: string };
  expect(saga.trace_id).toBe(traceId);
});

test("a trace context of a later version is the saga's trace too", async () => {
  const traceId = ids.traceparent().slice(3, 35);
  const response = await shop().post('/orders', goodOrder, {
    traceparent: `01-${traceId}-b7ad6b7169203331-01-more`,
  });
  const { id } = await orderOf(response);
  expect(response.headers.get('x-trace-id')).toBe(traceId);
  const saga = (await (await shop().fetch(`/orders/${id}/saga`)).json()) as { trace_id: string };
  expect(saga.trace_id).toBe(traceId);
});

test.each([
  ['a request id with spaces', { 'X-Request-Id': 'a b' }],
  ['a request id that is too long', { 'X-Request-Id': 'x'.repeat(129) }],
  ['a malformed traceparent', { traceparent: '00-zz-zz-01' }],
  ['a traceparent of zeros', { traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01` }],
])('%s is replaced', async (_, headers) => {
  const response = await shop().fetch('/healthz', { headers });
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(response.headers.get('x-trace-id')).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
});

test('stock is shown and set', async () => {
  const set = (product: string, body: unknown): Promise<Response> =>
    shop().fetch(`/stock/${product}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  expect(await (await set('new%20product', { available: 7 })).json()).toMatchObject({
    product_id: 'new product',
    available: 7,
  });
  const { stock } = (await (await shop().fetch('/stock')).json()) as { stock: { product_id: string }[] };
  expect(stock.map(({ product_id }) => product_id)).toContain('new product');
  expect(await problemOf(await set('p', { available: -1 }))).toMatchObject({ error: 'invalid_request' });
  expect(await problemOf(await set('p', { available: 1.5 }))).toMatchObject({ error: 'invalid_request' });
  expect(await problemOf(await set('%E2%80%AE', { available: 1 }))).toMatchObject({
    error: 'invalid_parameter',
  });
});

test('nothing was hidden from clients while these tests ran', () => {
  expect((shop() satisfies Shop).troubles).toEqual([]);
});
