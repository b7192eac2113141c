import type { IdempotencyCache } from '../idempotency-cache.ts';
import {
  createLocalIdempotencyCache,
  type LocalIdempotencyCacheOptions,
} from '../memory/idempotency-cache.ts';
import { createRedisIdempotencyCache, type RedisIdempotencyCacheOptions } from './redis-idempotency-cache.ts';

export type IdempotencyCacheOptions = LocalIdempotencyCacheOptions & {
  /** Absent: memory only, for this process alone. */
  readonly redis?: Omit<RedisIdempotencyCacheOptions, 'now' | 'inFlightTtlMs'>;
};

/**
 * The cache that a gateway uses: its own memory first, then Redis if there is one. What memory knows costs no trip,
 * and while Redis is away memory alone goes on. Settle a key only with what the database answered.
 */
export function createIdempotencyCache(options: IdempotencyCacheOptions): IdempotencyCache {
  const local = createLocalIdempotencyCache(options);
  if (options.redis === undefined) return local;
  const { now, inFlightTtlMs } = options;
  const shared = createRedisIdempotencyCache({
    ...options.redis,
    now,
    ...(inFlightTtlMs !== undefined && { inFlightTtlMs }),
  });
  return layered(local, shared);
}

function layered(local: IdempotencyCache, shared: IdempotencyCache): IdempotencyCache {
  return {
    async begin(claim) {
      const here = await local.begin(claim);
      if (here.kind !== 'fresh') return here;
      const elsewhere = await shared.begin(claim);
      switch (elsewhere.kind) {
        case 'fresh':
        case 'unknown':
          return here;
        case 'answered':
        case 'inFlight':
          // Another process holds the key, not this one.
          await local.abandon(claim);
          return elsewhere;
      }
    },
    async settle(settled) {
      await local.settle(settled);
      await shared.settle(settled);
    },
    async abandon(claim) {
      await local.abandon(claim);
      await shared.abandon(claim);
    },
    state: () => shared.state(),
    async close() {
      await local.close();
      await shared.close();
    },
  };
}
