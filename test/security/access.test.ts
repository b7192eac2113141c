import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SagaService } from '../../src/gen/ordersaga/saga/v1/saga_pb.js';
import { createRpcClient } from '../../src/rpc/client.ts';
import { createTokenAuthenticate } from '../../src/services/gateway/tokens.ts';
import { goodOrder, problemOf, shopForFile } from '../services/gateway/shop.ts';

const digest = (token: string): string => createHash('sha256').update(token).digest('hex');
const authenticate = createTokenAuthenticate([
  { name: 'shop-a', sha256: digest('token-of-shop-a-1'), scopes: ['orders:read', 'orders:write'] },
  { name: 'shop-a', sha256: digest('token-of-shop-a-2'), scopes: ['orders:read'] },
  { name: 'shop-b', sha256: digest('token-of-shop-b'), scopes: ['orders:read', 'orders:write'] },
  { name: 'olga', sha256: digest('token-of-olga'), scopes: ['operator'] },
]);
const shop = shopForFile({ authenticate });
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const [shopA, rotatedA, shopB, olga] = [
  'token-of-shop-a-1',
  'token-of-shop-a-2',
  'token-of-shop-b',
  'token-of-olga',
].map(bearer) as [
  Record<string, string>,
  Record<string, string>,
  Record<string, string>,
  Record<string, string>,
];

const get = (path: string, headers: Record<string, string> = {}) => shop().fetch(path, { headers });

async function placeAs(headers: Record<string, string>): Promise<string> {
  const response = await shop().post('/orders', goodOrder, headers);
  expect(response.status).toBe(201);
  const { id } = (await response.json()) as { id: string };
  await shop().ended(id);
  return id;
}

async function listAs(headers: Record<string, string>, query = ''): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ; ) {
    const response = await get(`/orders?limit=2${query}${cursor && `&cursor=${cursor}`}`, headers);
    const page = (await response.json()) as { orders: { id: string }[]; next_cursor?: string };
    expect(page.orders.length).toBeLessThanOrEqual(2);
    ids.push(...page.orders.map(({ id }) => id));
    if (page.next_cursor === undefined) return ids;
    cursor = encodeURIComponent(page.next_cursor);
  }
}

describe('a token', () => {
  it.each([
    ['nothing', undefined],
    ['another scheme', 'Basic dG9rZW4tb2Ytb2xnYQ=='],
    ['an unknown token', 'Bearer token-of-olgA'],
    ['the digest in place of the token', `Bearer ${digest('token-of-olga')}`],
    ['a token with something behind it', 'Bearer token-of-olga x'],
    ['a very long token', `Bearer ${'x'.repeat(5_000)}`],
  ])('was not found in %s', (_, authorization) => {
    expect(authenticate(authorization)).toBeUndefined();
  });

  it('gave its name and its scopes', () => {
    expect(authenticate('bearer token-of-olga')).toEqual({ id: 'olga', scopes: 'all' });
    expect(authenticate('Bearer token-of-shop-a-2')).toEqual({
      id: 'shop-a',
      scopes: new Set(['orders:read']),
    });
  });

  it('was asked for by every route but those that say nothing of the shop', async () => {
    const refused = await get('/orders');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
    for (const path of ['/sagas', '/stock', '/engine', '/inbox'])
      expect([path, (await get(path)).status]).toEqual([path, 401]);
    for (const path of ['/healthz', '/openapi.json'])
      expect([path, (await get(path)).status]).toEqual([path, 200]);
  });

  it('did what its scopes say and nothing else', async () => {
    expect((await problemOf(await get('/sagas', shopA))).error).toBe('forbidden');
    expect((await shop().post('/orders', goodOrder, rotatedA)).status).toBe(403);
    expect((await get('/sagas', olga)).status).toBe(200);
  });

  it('was told what its token may do, whatever that is, and nobody else was', async () => {
    const seenBy = async (token: Parameters<typeof get>[1]) => (await get('/caller', token)).json();
    expect(await seenBy(rotatedA)).toEqual({ name: 'shop-a', scopes: ['orders:read'] });
    expect(await seenBy(olga)).toEqual({ name: 'olga', scopes: expect.arrayContaining(['sagas:operate']) });
    expect((await get('/caller')).status).toBe(401);
  });
});

describe('an order', () => {
  it('was seen by its owner and by operators, and for all others did not exist', async () => {
    const id = await placeAs(shopA);
    for (const path of [`/orders/${id}`, `/orders/${id}/saga`, `/orders/${id}/events?after=999`]) {
      expect((await get(path, shopA)).status).toBeLessThan(300);
      expect((await get(path, rotatedA)).status).toBeLessThan(300);
      expect((await get(path, olga)).status).toBeLessThan(300);
      expect((await problemOf(await get(path, shopB))).error).toBe('order_not_found');
    }
  });

  it('was cancelled by nobody but its owner', async () => {
    const id = await placeAs(shopA);
    expect((await shop().post(`/orders/${id}/cancel`, {}, shopB)).status).toBe(404);
    expect((await shop().post(`/orders/${id}/cancel`, {}, shopA)).status).toBe(409);
  });

  it('was listed for its owner and for operators alone, over as many pages as it took', async () => {
    const own = [await placeAs(shopB)];
    const others = [await placeAs(shopA), await placeAs(shopA), await placeAs(shopA)];
    // A page that begins with somebody else's order is filled up by a second read, and with no more than it takes.
    for (let order = 0; order < 3; order += 1) own.push(await placeAs(shopB));
    others.push(await placeAs(shopA));
    const seenByB = await listAs(shopB);
    expect(seenByB).toEqual(expect.arrayContaining(own));
    for (const id of others) expect(seenByB).not.toContain(id);
    expect(await listAs(olga)).toEqual(expect.arrayContaining([...own, ...others]));
  });

  it('was looked for among no more than ten pages of everyone’s orders at once', async () => {
    for (let order = 0; order < 11; order += 1) await placeAs(shopA);
    const page = (await (await get('/orders?limit=1', shopB)).json()) as Record<string, unknown>;
    expect(page).toEqual({ orders: [], next_cursor: expect.any(String) });
  });

  it('shared its idempotency keys with nobody', async () => {
    const key = { 'idempotency-key': 'the-same-key' };
    const first = await shop().post('/orders', goodOrder, { ...shopA, ...key });
    const second = await shop().post('/orders', goodOrder, { ...shopB, ...key });
    expect(second.headers.get('idempotency-replayed')).toBeNull();
    expect(((await first.json()) as { id: string }).id).not.toBe(
      ((await second.json()) as { id: string }).id,
    );
  });
});

describe('the saga service', () => {
  it('asked for the same tokens', async () => {
    const address = shop().gateway.sagaAddress;
    const call = async (token: string | undefined): Promise<string> => {
      const { createChannel, createClientFactory } = await import('nice-grpc');
      const { niceService } = await import('../../src/rpc/nice-service.ts');
      const { Metadata } = await import('nice-grpc-common');
      const channel = createChannel(address);
      const client = createClientFactory().create(niceService(SagaService), channel) as unknown as {
        listSagas(request: object, options: object): Promise<unknown>;
      };
      const metadata = Metadata(token === undefined ? {} : { authorization: `Bearer ${token}` });
      return client
        .listSagas({}, { metadata })
        .then(
          () => 'OK',
          (error: { code: number }) => String(error.code),
        )
        .finally(() => channel.close());
    };
    expect(await call(undefined)).toBe('16');
    expect(await call('token-of-shop-a-1')).toBe('7');
    expect(await call('token-of-olga')).toBe('OK');
  });

  it('told nobody anything without one', async () => {
    const { client, close } = createRpcClient({
      service: SagaService,
      address: shop().gateway.sagaAddress,
      timeoutMs: 5_000,
    });
    await expect(client.submitOrder({ customerId: 'cust_1' })).rejects.toMatchObject({
      code: expect.stringMatching(/UNAUTHENTICATED|INVALID_ARGUMENT/),
    });
    await expect(client.getSaga({ sagaId: '0190a5b0-7d5c-7c3e-8f00-000000000001' })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    close();
  });
});
