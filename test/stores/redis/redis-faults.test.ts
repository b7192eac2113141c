import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../../bench/support/free-port.ts';
import type { CacheLookup } from '../../../src/stores/idempotency-cache.ts';
import { describeWith } from '../../support/installed.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { type WatchedCache, watchedCache, watchedRedisCache } from './redis-subject.ts';

const claim = (key: string) => ({ scope: 'shop', key, fingerprint: `request ${key}` });
const settled = (key: string, answer = `answer ${key}`) => ({
  scope: 'shop',
  key,
  cached: { fingerprint: `request ${key}`, answer },
  ttlMs: 60_000,
});

/** Accepts one order after the other as a gateway does; to throw anywhere would fail the test. */
async function acceptAll(
  { cache }: WatchedCache,
  keys: readonly string[],
  answer?: string,
): Promise<string[]> {
  const kinds: string[] = [];
  for (const key of keys) {
    kinds.push((await cache.begin(claim(key))).kind);
    await cache.settle(settled(key, answer));
  }
  return kinds;
}

const keys = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
const every = (kind: CacheLookup['kind'], count: number) => Array(count).fill(kind);

describeWith('redis-server', 'Redis at fault', () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(() => redis.remove());

  test('down at the start: nobody waited, and it was used once it came', async () => {
    await redis.kill();
    const gateway = watchedCache({ url: redis.url });
    expect(await acceptAll(gateway, keys('a', 100))).toEqual(every('fresh', 100));
    expect(gateway.results).toEqual({ answered: 0, timedOut: 0, failed: 0, skipped: 200 });
    expect(gateway.cache.state()).toBe('degraded');
    expect(await acceptAll(gateway, keys('a', 100))).toEqual(every('answered', 100));

    await redis.restart();
    await gateway.becomes('connected');
    await acceptAll(gateway, ['b']);
    expect(gateway.results.answered).toBe(2);
  });

  test('nobody listens there at all: nobody waited', async () => {
    const gateway = watchedCache({ url: `redis://127.0.0.1:${await freePort()}` });
    expect(await acceptAll(gateway, keys('a', 100))).toEqual(every('fresh', 100));
    expect(gateway.results).toMatchObject({ timedOut: 0, failed: 0 });
  });

  test('killed while in use: requests under way lost it once, later ones did not wait', async () => {
    const gateway = watchedCache({ url: redis.url });
    await gateway.becomes('connected');
    await acceptAll(gateway, ['before']);
    const underWay = Promise.all(keys('under-way', 50).map((key) => gateway.cache.begin(claim(key))));
    await redis.kill();
    expect((await underWay).map(({ kind }) => kind)).toEqual(every('fresh', 50));
    await gateway.becomes('degraded');
    const { timedOut } = gateway.results;
    expect(await acceptAll(gateway, keys('after', 50))).toEqual(every('fresh', 50));
    expect(await acceptAll(gateway, ['before'])).toEqual(['answered']);
    expect(gateway.results.timedOut).toBe(timedOut);

    await redis.restart();
    await gateway.becomes('connected');
  });

  test('frozen: one request paid one timeout, probes were nobody’s, and it was used again when it thawed', async () => {
    const gateway = watchedCache({ url: redis.url, timeoutMs: 500 });
    await gateway.becomes('connected');
    redis.freeze();
    expect(await acceptAll(gateway, keys('a', 100))).toEqual(every('fresh', 100));
    expect(gateway.results).toMatchObject({ timedOut: 1, failed: 0, skipped: 199 });
    expect(gateway.cache.state()).toBe('degraded');

    gateway.advance(1_000);
    expect(await acceptAll(gateway, keys('b', 100))).toEqual(every('fresh', 100));
    expect(gateway.results.skipped).toBe(399);

    redis.thaw();
    await gateway.recovers();
    expect(await acceptAll(gateway, ['c'])).toEqual(['fresh']);
  });

  test('200 requests at once on a frozen Redis waited for one timeout together', async () => {
    const gateway = watchedRedisCache({ url: redis.url });
    await gateway.becomes('connected');
    redis.freeze();
    const lookups = await Promise.all(keys('a', 200).map((key) => gateway.cache.begin(claim(key))));
    expect(lookups.map(({ kind }) => kind)).toEqual(every('unknown', 200));
    await gateway.cache.begin(claim('later'));
    expect(gateway.results).toMatchObject({ timedOut: 200, skipped: 1 });
    redis.thaw();
  });

  test('paused for two seconds by its own operator: as good as frozen', async () => {
    const gateway = watchedCache({ url: redis.url });
    await gateway.becomes('connected');
    await redis.command('CLIENT', 'PAUSE', '2000', 'ALL');
    expect(await acceptAll(gateway, keys('a', 50))).toEqual(every('fresh', 50));
    expect(gateway.results).toMatchObject({ timedOut: 1, skipped: 99 });
    await gateway.recovers();
  });

  test('flapping: each fall cost at most the request that met it', async () => {
    const gateway = watchedCache({ url: redis.url });
    for (const round of [1, 2, 3]) {
      await gateway.becomes('connected');
      const up = await acceptAll(gateway, keys(`up-${round}`, 10));
      await redis.kill();
      const down = await acceptAll(gateway, keys(`down-${round}`, 10));
      expect([...up, ...down]).toEqual(every('fresh', 20));
      await redis.restart();
      await gateway.recovers();
    }
    expect(gateway.results.timedOut + gateway.results.failed).toBeLessThanOrEqual(6);
  });

  test('FLUSHALL: other gateways asked the database again, this one still knew', async () => {
    const [one, two] = [watchedCache({ url: redis.url }), watchedCache({ url: redis.url, token: 'two' })];
    await Promise.all([one.becomes('connected'), two.becomes('connected')]);
    await acceptAll(one, ['a']);
    await redis.command('FLUSHALL');
    await redis.command('SCRIPT', 'FLUSH');
    expect((await two.cache.begin(claim('a'))).kind).toBe('fresh');
    expect((await one.cache.begin(claim('a'))).kind).toBe('answered');
    expect(two.results).toMatchObject({ timedOut: 0, failed: 0 });
  });

  /** Accepts 1 000 orders with answers of 4 000 bytes each and then asks for all of them. */
  async function evictAt(maxmemory: string): Promise<{ answers: string[]; gateway: WatchedCache }> {
    const gateway = watchedRedisCache({ url: redis.url });
    await gateway.becomes('connected');
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await redis.command('CONFIG', 'SET', 'maxmemory', maxmemory);
    const written = keys('a', 1_000);
    await acceptAll(gateway, written, pad);
    const lookups: CacheLookup[] = [];
    for (const key of written) lookups.push(await gateway.cache.begin(claim(key)));
    const answers = lookups.flatMap((lookup) => (lookup.kind === 'answered' ? [lookup.cached.answer] : []));
    return { answers, gateway };
  }
  const pad = 'x'.repeat(4_000);

  test('evicting at 3 MB: an answer was the right one or none', async () => {
    const { answers, gateway } = await evictAt('3mb');
    expect(gateway.results).toEqual({ answered: 3_000, timedOut: 0, failed: 0, skipped: 0 });
    expect(new Set(answers)).toEqual(new Set([pad]));
    expect(answers.length).toBeLessThan(1_000);
  });

  test('evicting at 1 MB, about what it needs itself: an answer was the right one or none', async () => {
    const { answers, gateway } = await evictAt('1mb');
    expect(answers.filter((answer) => answer !== pad)).toEqual([]);
    expect(gateway.results.timedOut).toBe(0);
    await redis.command('CONFIG', 'SET', 'maxmemory', '100mb');
    await gateway.recovers();
  });

  test('read-only: one request met the refusal, and it was used again once it was a primary', async () => {
    const gateway = watchedCache({ url: redis.url });
    await gateway.becomes('connected');
    await redis.command('REPLICAOF', '127.0.0.1', `${await freePort()}`);
    expect(await acceptAll(gateway, keys('a', 50))).toEqual(every('fresh', 50));
    expect(gateway.results).toMatchObject({ timedOut: 0, failed: 1, skipped: 99 });
    await redis.command('REPLICAOF', 'NO', 'ONE');
    await gateway.recovers();
    expect(await acceptAll(gateway, ['b'])).toEqual(['fresh']);
  });

  test('a password that it does not know: as good as down', async () => {
    await redis.command('CONFIG', 'SET', 'requirepass', 'secret');
    const gateway = watchedCache({ url: redis.url });
    expect(await acceptAll(gateway, keys('a', 50))).toEqual(every('fresh', 50));
    expect(gateway.results).toMatchObject({ timedOut: 0, answered: 0 });
  });
});
