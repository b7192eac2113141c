import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { goodOrder, problemOf, shopForFile, startShop } from './shop.ts';

const shop = shopForFile();
const otherOrder = { ...goodOrder, customer_id: 'cust_456' };

test('two hundred parallel requests with one key made one order and got one answer', async () => {
  const key = randomUUID();
  const before = (await shop().log.list({ limit: 1_000 })).length;
  const responses = await Promise.all(
    Array.from({ length: 200 }, () => shop().post('/orders', goodOrder, { 'Idempotency-Key': key })),
  );
  const bodies = await Promise.all(responses.map((response) => response.text()));
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(bodies).size).toBe(1);
  expect(new Set(responses.map(({ headers }) => headers.get('location'))).size).toBe(1);
  expect(responses.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(199);
  expect(await shop().log.list({ limit: 1_000 })).toHaveLength(before + 1);
});

test('the first answer is replayed byte for byte, even after the order was confirmed', async () => {
  const headers = { 'Idempotency-Key': randomUUID() };
  const first = await shop().post('/orders', goodOrder, headers);
  const answer = await first.text();
  await shop().ended((JSON.parse(answer) as { id: string }).id);
  const again = await shop().post('/orders', goodOrder, headers);
  expect(await again.text()).toBe(answer);
  expect(again.status).toBe(201);
  expect(again.headers.get('location')).toBe(first.headers.get('location'));
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(first.headers.get('idempotency-replayed')).toBeNull();
});

test('the same order written in another way is the same request', async () => {
  const headers = { 'Idempotency-Key': randomUUID() };
  const first = await shop().post('/orders', goodOrder, headers);
  const text = ` {"items": [{"price": 5e1, "quantity": 1, "product_id": "prod_1"}], "currency": "USD", "customer_id": "cust_123"}`;
  const again = await shop().post('/orders', text, headers);
  expect(await again.text()).toBe(await first.text());
});

test('both headers, bare or quoted, are one key', async () => {
  const key = `say "${randomUUID()}" \\`;
  const quoted = `"${key.replaceAll(/["\\]/g, '\\$&')}"`;
  const bodies = new Set<string>();
  for (const headers of [
    { 'Idempotency-Key': key },
    { 'X-Idempotency-Key': key },
    { 'Idempotency-Key': quoted },
    { 'Idempotency-Key': quoted, 'X-Idempotency-Key': key },
  ] satisfies Record<string, string>[]) {
    const response = await shop().post('/orders', goodOrder, headers as Record<string, string>);
    expect(response.status).toBe(201);
    bodies.add(await response.text());
  }
  expect(bodies.size).toBe(1);
});

test('a key that was used for another order is 422, and the first order is still there', async () => {
  const headers = { 'Idempotency-Key': randomUUID() };
  const first = await (await shop().post('/orders', goodOrder, headers)).text();
  const problem = await problemOf(await shop().post('/orders', otherOrder, headers));
  expect(problem).toMatchObject({ status: 422, error: 'idempotency_key_reused' });
  expect(await (await shop().post('/orders', goodOrder, headers)).text()).toBe(first);
});

test('of two different orders that race for one key, one is made', async () => {
  const headers = { 'Idempotency-Key': randomUUID() };
  const responses = await Promise.all([
    shop().post('/orders', goodOrder, headers),
    shop().post('/orders', otherOrder, headers),
  ]);
  expect(responses.map(({ status }) => status).toSorted()).toEqual([201, 422]);
});

test('orders without a key are all made', async () => {
  const [one, other] = await Promise.all([
    shop().post('/orders', goodOrder),
    shop().post('/orders', goodOrder),
  ]);
  expect(one.headers.get('location')).not.toBe(other.headers.get('location'));
});

test.each([
  ['two headers that differ', { 'Idempotency-Key': 'a', 'X-Idempotency-Key': 'b' }],
  ['an empty key', { 'Idempotency-Key': '""' }],
  ['a key of 256 characters', { 'Idempotency-Key': 'k'.repeat(256) }],
  ['a key beyond ASCII', { 'Idempotency-Key': 'ké' }],
])('%s is refused', async (_, headers) => {
  const problem = await problemOf(await shop().post('/orders', goodOrder, headers as Record<string, string>));
  expect(problem).toMatchObject({ status: 400, error: 'invalid_idempotency_key' });
});

test('an invalid order does not use up its key', async () => {
  const headers = { 'Idempotency-Key': randomUUID() };
  expect((await shop().post('/orders', {}, headers)).status).toBe(400);
  expect((await shop().post('/orders', goodOrder, headers)).status).toBe(201);
});

test('a gateway that requires keys refuses orders without one', async () => {
  const strict = await startShop({ requireIdempotencyKey: true });
  const problem = await problemOf(await strict.post('/orders', goodOrder));
  expect(problem).toMatchObject({ status: 400, error: 'idempotency_key_required' });
  expect((await strict.post('/orders', goodOrder, { 'Idempotency-Key': 'k' })).status).toBe(201);
});

test('keys belong to the caller', async () => {
  const authenticate = (authorization: string | undefined) =>
    authorization === undefined ? undefined : { id: authorization, scopes: 'all' as const };
  const guarded = await startShop({ authenticate });
  const places = new Set<string | null>();
  for (const Authorization of ['Bearer one', 'Bearer other', 'Bearer one']) {
    const response = await guarded.post('/orders', goodOrder, { Authorization, 'Idempotency-Key': 'k' });
    places.add(response.headers.get('location'));
  }
  expect(places.size).toBe(2);
});
