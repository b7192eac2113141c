import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createIdempotencyCache } from '../../../src/stores/redis/idempotency-cache.ts';
import { contractLimits, idempotencyCacheFacts } from '../../contract/idempotency-cache.contract.ts';
import { describeWith } from '../../support/installed.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { type WatchedCache, watchedCache, watchedRedisCache } from './redis-subject.ts';

const claim = { scope: 'shop', key: 'key-1', fingerprint: 'one order' };
const settled = {
  scope: 'shop',
  key: 'key-1',
  cached: { fingerprint: 'one order', answer: 'first' },
  ttlMs: 60_000,
};
const unhurried = { timeoutMs: 10_000, maxValueBytes: contractLimits.maxAnswerLength };

async function subjectOf({ cache, becomes, advance }: WatchedCache) {
  await becomes('connected');
  return { open: async () => cache, advance, remove: async () => {} };
}

describe('idempotency cache without Redis', () => {
  test('was the local one', () => {
    expect(createIdempotencyCache({ now: () => 0 }).state()).toBe('local');
  });
});

describeWith('redis-server', 'idempotency cache with Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());
  beforeEach(() => redis.command('FLUSHALL'));

  describe('Redis alone', () => {
    idempotencyCacheFacts(() => subjectOf(watchedRedisCache({ url: redis.url, ...unhurried })));
  });

  describe('memory and Redis', () => {
    idempotencyCacheFacts(() =>
      subjectOf(
        watchedCache({ url: redis.url, ...unhurried }, { maxTotalLength: contractLimits.maxAnswerLength }),
      ),
    );
  });

  /** Two gateways. */
  async function pair(): Promise<readonly [WatchedCache, WatchedCache]> {
    const one = watchedCache({ url: redis.url, ...unhurried, token: 'one' });
    const two = watchedCache({ url: redis.url, ...unhurried, token: 'two' });
    await Promise.all([one.becomes('connected'), two.becomes('connected')]);
    return [one, two];
  }

  test('what one gateway settled, another answered', async () => {
    const [one, two] = await pair();
    expect(await one.cache.begin(claim)).toEqual({ kind: 'fresh' });
    expect(await two.cache.begin(claim)).toEqual({ kind: 'inFlight', fingerprint: 'one order' });
    await one.cache.settle(settled);
    expect(await two.cache.begin(claim)).toEqual({ kind: 'answered', cached: settled.cached });
  });

  test('a gateway did not let go of a key that another one held', async () => {
    const [one, two] = await pair();
    await one.cache.begin(claim);
    await two.cache.abandon(claim);
    expect(await two.cache.begin(claim)).toMatchObject({ kind: 'inFlight' });
    await one.cache.abandon(claim);
    expect(await two.cache.begin(claim)).toEqual({ kind: 'fresh' });
  });

  test('what a gateway had settled itself cost no trip', async () => {
    const [one] = await pair();
    await one.cache.settle(settled);
    const before = one.results.answered;
    expect(await one.cache.begin(claim)).toMatchObject({ kind: 'answered' });
    expect(one.results.answered).toBe(before);
  });

  test('answers given for one log were not seen by another', async () => {
    const [one] = await pair();
    await one.cache.settle(settled);
    const other = watchedCache({ url: redis.url, ...unhurried, namespace: 'ordersaga:idem:another-log' });
    await other.becomes('connected');
    expect(await other.cache.begin(claim)).toEqual({ kind: 'fresh' });
  });

  test('a held key and an answer ran out in Redis by themselves', async () => {
    const { cache, becomes } = watchedRedisCache({ url: redis.url, ...unhurried });
    await becomes('connected');
    const name = 'ordersaga:idem:4:shop:key-1';
    await cache.begin(claim);
    expect(await redis.command('PTTL', name)).toSatisfy((ms: number) => ms > 0 && ms <= 5_000);
    await cache.settle(settled);
    expect(await redis.command('PTTL', name)).toSatisfy((ms: number) => ms > 5_000 && ms <= 60_000);
  });

  test.each(['', 'not JSON', '[]', '["answered","soon","f","a"]', '["inFlight"]', 'null'])(
    'the foreign value %j was no answer',
    async (value) => {
      const { cache, becomes } = watchedRedisCache({ url: redis.url, ...unhurried });
      await becomes('connected');
      await redis.command('SET', 'ordersaga:idem:4:shop:key-1', value);
      expect(await cache.begin(claim)).toEqual({ kind: 'unknown' });
    },
  );
});
