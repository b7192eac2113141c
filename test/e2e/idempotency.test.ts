import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemsIn } from '../support/books.ts';
import { describeWith } from '../support/installed.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { createShop, orderOf, type Reply, type Shop } from '../support/shop.ts';
import { forms, type System, startSystem } from '../support/system.ts';
import { inBothForms, startTimeoutMs } from './both-forms.ts';

const submit = (shop: Shop, key: string, quantity = 1): Promise<Reply> =>
  shop.ask('POST', '/orders', { body: orderOf('prod_1', { quantity }), headers: { 'idempotency-key': key } });

inBothForms('an idempotency key', ({ shop, system }) => {
  it('of 200 requests at once made one order, and all got the same bytes', async () => {
    const replies = await Promise.all(Array.from({ length: 200 }, () => submit(shop(), 'crowd')));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(replies.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(199);
    const { orders } = await shop().listOrders({ customer_id: 'cust_1', limit: 100 });
    await shop().ended(String(replies[0]?.json?.id));
    expect(orders).toHaveLength(1);
  });

  it('was refused with another body', async () => {
    await submit(shop(), 'body');
    const reply = await submit(shop(), 'body', 2);
    expect(reply.status).toBe(422);
    expect(reply.json?.error).toBe('idempotency_key_reused');
  });

  it('under both of its names was one key', async () => {
    const request = { body: orderOf('prod_1') };
    const first = await shop().ask('POST', '/orders', {
      ...request,
      headers: { 'x-idempotency-key': 'name' },
    });
    const again = await shop().ask('POST', '/orders', { ...request, headers: { 'idempotency-key': 'name' } });
    expect(again.text).toBe(first.text);
  });

  it('got the first answer after a crash, byte for byte, and no second saga', async () => {
    const first = await submit(shop(), 'restart');
    await system().kill();
    await system().start();
    const again = await submit(shop(), 'restart');
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.text).toBe(first.text);
    expect((await submit(shop(), 'restart', 2)).status).toBe(422);
    const { sagas } = await shop().listSagas({ limit: 100 });
    for (const { id } of sagas) await shop().ended(id);
    expect(sagas.filter(({ id }) => id === first.json?.id)).toHaveLength(1);
    expect(await problemsIn(system().dataDir)).toEqual([]);
  });
});

describeWith('redis-server', 'an idempotency key with Redis', () => {
  describe.each(forms)('in %s', (form) => {
    let redis: RedisServer | undefined;
    let system: System | undefined;
    beforeAll(async () => {
      redis = await startRedis();
      system = await startSystem({ form, args: ['--redis-url', redis.url] });
    }, startTimeoutMs);
    afterAll(async () => {
      await system?.remove();
      await redis?.remove();
    });

    it('got the first answer after FLUSHALL, and after Redis was gone', async () => {
      if (redis === undefined || system === undefined) throw new Error('not started');
      const shop = createShop(system.url);
      const first = await submit(shop, 'flushed');
      expect(await redis.command('DBSIZE')).toBeGreaterThan(0);
      await redis.command('FLUSHALL');
      expect((await submit(shop, 'flushed')).text).toBe(first.text);
      expect((await submit(shop, 'flushed', 2)).status).toBe(422);
      await redis.kill();
      expect((await submit(shop, 'flushed')).text).toBe(first.text);
      const replies = await Promise.all(Array.from({ length: 50 }, () => submit(shop, 'without')));
      expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    });
  });
});
