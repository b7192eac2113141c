import type { CacheLookup, IdempotencyCache } from '../idempotency-cache.ts';
import { type CircuitBreakerOptions, createCircuitBreaker } from './circuit-breaker.ts';
import { createRedisAnswers, type RedisAnswersOptions } from './redis-answers.ts';

/**
 * How one command ended. `skipped`: Redis was not asked, because it is not connected or failed a moment ago; costs
 * nothing.
 */
export type RedisCommandResult = 'answered' | 'timedOut' | 'failed' | 'skipped';

export type RedisIdempotencyCacheOptions = Pick<RedisAnswersOptions, 'url' | 'token' | 'now'> &
  Omit<CircuitBreakerOptions, 'now'> & {
    /** Default `ordersaga:idem`; see {@link RedisAnswersOptions.namespace}. */
    readonly namespace?: string;
    /** Longest wait for one command. Default 50. */
    readonly timeoutMs?: number;
    /** How long a key is held for a caller that neither settles nor abandons it. Default 5 000. */
    readonly inFlightTtlMs?: number;
    /** Larger answers are not cached. Default 32 KiB. */
    readonly maxValueBytes?: number;
    /** Called for each look-up that ends `unknown`. For metrics. Must not throw. */
    readonly onUnknown?: () => void;
    /** Called for every command, whatever it is. Must not throw. */
    readonly onCommand?: (result: RedisCommandResult) => void;
    /** Called when Redis starts or stops answering. Must not throw. */
    readonly onState?: (state: 'connected' | 'degraded', reason: string) => void;
  };

/**
 * A cache shared by all gateways. A Redis that is down, slow, read-only, full or flapping costs a request at most one
 * timeout. After that it is not asked until a probe in the background succeeds; meanwhile every answer is `unknown`.
 */
export function createRedisIdempotencyCache(options: RedisIdempotencyCacheOptions): IdempotencyCache {
  const { now, timeoutMs = 50, onUnknown, onCommand, onState } = options;
  const breaker = createCircuitBreaker(options);
  let closed = false;
  let state: 'connected' | 'degraded' = 'degraded';
  const redis = createRedisAnswers({
    url: options.url,
    token: options.token,
    now,
    namespace: options.namespace ?? 'ordersaga:idem',
    inFlightTtlMs: options.inFlightTtlMs ?? 5_000,
    maxValueBytes: options.maxValueBytes ?? 32 * 1024,
    onConnection(change) {
      breaker.endCoolDown();
      probeIfDue();
      updateState(`connection ${change}`);
    },
  });

  function updateState(reason: string): void {
    const next = redis.isReady() && breaker.isClosed() ? 'connected' : 'degraded';
    if (next === state || closed) return;
    state = next;
    onState?.(next, reason);
  }

  function failed(error: unknown): void {
    const timedOut = error instanceof TimedOut;
    breaker.failed();
    onCommand?.(timedOut ? 'timedOut' : 'failed');
    updateState(error instanceof Error ? error.message : String(error));
  }

  function probeIfDue(): void {
    if (!closed && redis.isReady() && breaker.takeProbe()) void probe();
  }

  async function probe(): Promise<void> {
    try {
      await within(timeoutMs, redis.probe());
      breaker.succeeded();
      updateState('probe answered');
    } catch (error) {
      failed(error);
    }
  }

  async function ask<Value>(command: () => Promise<Value>, otherwise: Value): Promise<Value> {
    if (closed || !redis.isReady() || !breaker.isClosed()) {
      onCommand?.('skipped');
      probeIfDue();
      return otherwise;
    }
    try {
      const value = await within(timeoutMs, command());
      onCommand?.('answered');
      return value;
    } catch (error) {
      failed(error);
      return otherwise;
    }
  }

  const unknown: CacheLookup = { kind: 'unknown' };
  // A lone surrogate has no UTF-8 encoding: two such keys would be the same key in Redis.
  const isNameable = ({ scope, key }: { readonly scope: string; readonly key: string }) =>
    scope.isWellFormed() && key.isWellFormed();

  return {
    async begin(claim) {
      const found = isNameable(claim) ? await ask(() => redis.begin(claim), unknown) : unknown;
      if (found.kind === 'unknown') onUnknown?.();
      return found;
    },
    settle: async (settled) => {
      if (isNameable(settled)) await ask(() => redis.settle(settled), undefined);
    },
    abandon: async (claim) => {
      if (isNameable(claim)) await ask(() => redis.abandon(claim), undefined);
    },
    state() {
      probeIfDue();
      return state;
    },
    async close() {
      if (!closed) redis.close();
      closed = true;
    },
  };
}

class TimedOut extends Error {
  override readonly name = 'TimedOut';
}

function within<Value>(timeoutMs: number, answer: Promise<Value>): Promise<Value> {
  const { promise, reject, resolve } = Promise.withResolvers<Value>();
  const timer = setTimeout(() => reject(new TimedOut(`no answer within ${timeoutMs} ms`)), timeoutMs);
  answer.then(resolve, reject);
  return promise.finally(() => clearTimeout(timer));
}
