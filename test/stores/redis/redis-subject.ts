import { onTestFinished } from 'vitest';
import type { IdempotencyCache } from '../../../src/stores/idempotency-cache.ts';
import { createIdempotencyCache } from '../../../src/stores/redis/idempotency-cache.ts';
import {
  createRedisIdempotencyCache,
  type RedisCommandResult,
  type RedisIdempotencyCacheOptions,
} from '../../../src/stores/redis/redis-idempotency-cache.ts';

export type WatchedCache = {
  readonly cache: IdempotencyCache;
  /** How many commands ended in each way so far, probes included. */
  readonly results: Record<RedisCommandResult, number>;
  /** Resolves once the cache says so; at once when it does. */
  becomes(state: 'connected' | 'degraded'): Promise<void>;
  /** Lets cool-downs pass and keeps asking, as requests would, until Redis is in use again. */
  recovers(): Promise<void>;
  advance(byMs: number): void;
};

type Options = Pick<RedisIdempotencyCacheOptions, 'url'> & Partial<RedisIdempotencyCacheOptions>;

/** Redis alone, with a clock that moves when told to. Closed after the test. */
export const watchedRedisCache = (options: Options): WatchedCache =>
  watched((defaults) => createRedisIdempotencyCache({ ...defaults, ...options }));

/** Memory and Redis together, as a gateway uses them. */
export const watchedCache = (
  redis: Options,
  local: { readonly maxTotalLength?: number } = {},
): WatchedCache =>
  watched(({ now, ...defaults }) =>
    createIdempotencyCache({ now, ...local, redis: { ...defaults, ...redis } }),
  );

function watched(
  create: (defaults: Omit<RedisIdempotencyCacheOptions, 'url'>) => IdempotencyCache,
): WatchedCache {
  let nowMs = 1_000_000;
  let state = 'degraded';
  let waiting: (() => void)[] = [];
  const results = { answered: 0, timedOut: 0, failed: 0, skipped: 0 };
  const changed = () => new Promise<void>((resolve) => waiting.push(resolve));
  function wake(): void {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  }
  const cache = create({
    now: () => nowMs,
    token: 'gateway-1',
    // Long enough for a busy machine; only a Redis that does not answer at all reaches it.
    timeoutMs: 500,
    onCommand(result) {
      results[result] += 1;
      if (result === 'timedOut' || result === 'failed') wake();
    },
    onState(next) {
      state = next;
      wake();
    },
  });
  onTestFinished(() => cache.close());
  return {
    cache,
    results,
    async becomes(expected) {
      while (state !== expected) await changed();
    },
    async recovers() {
      for (let asked = 0; state !== 'connected'; asked++) {
        nowMs += 60_000;
        // Either this starts a probe, or one is under way, or a connection is: each ends in a change.
        const change = changed();
        await cache.begin({ scope: 'shop', key: `asked-${asked}`, fingerprint: 'f' });
        await change;
      }
    },
    advance(byMs) {
      nowMs += byMs;
    },
  };
}
