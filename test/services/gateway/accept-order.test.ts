import { expect, test } from 'vitest';
import { Overloaded } from '../../../src/engine/engine.ts';
import { type AcceptOrderDeps, createAcceptOrder } from '../../../src/services/gateway/accept-order.ts';
import { defaultLimits } from '../../../src/services/gateway/limits.ts';
import type { CacheLookup, IdempotencyCache } from '../../../src/stores/idempotency-cache.ts';
import { createLocalIdempotencyCache } from '../../../src/stores/memory/idempotency-cache.ts';
import { createFixture } from '../../engine/engine-fixture.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { ids } from './shop.ts';

const input = {
  customerId: 'cust_123',
  currency: 'USD',
  items: [{ productId: 'prod_1', quantity: 1, priceMinor: 5_000 }],
  totalMinor: 5_000,
};
const submission = { input, scope: 'anonymous', idempotencyKey: 'k', traceparent: ids.traceparent() };

/** Answers look-ups in turn, the last one for ever, and writes down what it is told. */
function scriptedCache(...lookups: CacheLookup[]) {
  const told: string[] = [];
  let asked = 0;
  const cache: IdempotencyCache = {
    begin: async () => lookups[Math.min(asked++, lookups.length - 1)] ?? { kind: 'unknown' },
    settle: async () => void told.push('settle'),
    abandon: async () => void told.push('abandon'),
    state: () => 'connected',
    close: async () => {},
  };
  return { cache, told, asked: () => asked };
}

function accepting(cache: IdempotencyCache, overrides: Partial<AcceptOrderDeps> = {}) {
  const clock = createFakeClock();
  const { engine, log } = createFixture({ clock });
  const acceptOrder = createAcceptOrder({
    engine,
    sagaLog: log,
    cache,
    clock,
    newSagaId: ids.sagaId,
    limits: defaultLimits,
    ...overrides,
  });
  return { acceptOrder, engine, log, clock };
}

test('an accepted order was told to the cache', async () => {
  const { cache, told } = scriptedCache({ kind: 'fresh' });
  const { acceptOrder } = accepting(cache);
  expect(await acceptOrder(submission)).toMatchObject({ kind: 'accepted' });
  expect(told).toEqual(['settle']);
});

test('an answer that the cache knew was replayed without the log', async () => {
  const { cache } = scriptedCache({ kind: 'unknown' });
  const { acceptOrder } = accepting(cache);
  const first = await acceptOrder(submission);
  if (first.kind !== 'accepted') throw new Error(first.kind);
  let fingerprint = '';
  const spy: IdempotencyCache = {
    ...cache,
    begin: async (claim) => {
      ({ fingerprint } = claim);
      return { kind: 'answered', cached: { fingerprint, answer: first.answer } };
    },
  };
  const engine = { accept: () => Promise.reject(new Error('the log was asked')) };
  const replaying = accepting(spy, { engine }).acceptOrder;
  expect(await replaying(submission)).toEqual({ ...first, kind: 'replayed' });
  const other = { ...submission, input: { ...input, customerId: 'cust_456' } };
  const cached = { fingerprint, answer: first.answer };
  const knowing = accepting({ ...cache, begin: async () => ({ kind: 'answered', cached }) }, { engine });
  expect(await knowing.acceptOrder(other)).toEqual({ kind: 'mismatch' });
});

test('the row in the log decided when the cache had forgotten the key', async () => {
  const { cache, told } = scriptedCache({ kind: 'fresh' });
  const { acceptOrder } = accepting(cache);
  const first = await acceptOrder(submission);
  expect(await acceptOrder(submission)).toEqual({ ...first, kind: 'replayed' });
  const other = { ...submission, input: { ...input, totalMinor: 5_000, customerId: 'cust_456' } };
  expect(await acceptOrder(other)).toEqual({ kind: 'mismatch' });
  expect(told).toEqual(['settle', 'abandon', 'abandon']);
});

test('a cache that learned of a key from its row did not keep it longer than the row', async () => {
  const clock = createFakeClock();
  const { engine, log } = createFixture({ clock });
  const processAnew = () => {
    const cache = createLocalIdempotencyCache({ now: () => clock.now() });
    return accepting(cache, { engine, sagaLog: log, clock }).acceptOrder;
  };
  const first = await processAnew()(submission);
  const acceptOrder = processAnew();
  await clock.advance(defaultLimits.idempotencyTtlMs - 60_000);
  expect(await acceptOrder(submission)).toEqual({ ...first, kind: 'replayed' });
  await clock.advance(60_000);
  const other = { ...submission, input: { ...input, customerId: 'cust_456' } };
  expect(await acceptOrder(other)).toMatchObject({ kind: 'accepted' });
});

test('a request that is in flight elsewhere was waited for until it was answered', async () => {
  const { cache } = scriptedCache({ kind: 'inFlight', fingerprint: 'x' }, { kind: 'fresh' });
  const { acceptOrder, clock } = accepting(cache);
  const accepted = acceptOrder(submission);
  await clock.advance(10);
  expect(await accepted).toMatchObject({ kind: 'accepted' });
});

test('a request that stayed in flight elsewhere was given up after a while', async () => {
  const { cache, asked, told } = scriptedCache({ kind: 'inFlight', fingerprint: 'x' });
  const { acceptOrder, clock, log } = accepting(cache);
  const accepted = acceptOrder(submission);
  for (let n = 0; n < 10; n += 1) await clock.advance(defaultLimits.inFlightWaitMs);
  expect(await accepted).toEqual({ kind: 'inFlight' });
  expect(asked()).toBeGreaterThan(1);
  expect(told).toEqual([]);
  expect(await log.list({ limit: 1 })).toEqual([]);
});

test('a key that a dead process holds in the cache was still answered from the log', async () => {
  const first = scriptedCache({ kind: 'unknown' });
  const shared = accepting(first.cache);
  const accepted = await shared.acceptOrder(submission);
  const { cache } = scriptedCache({ kind: 'inFlight', fingerprint: 'x' });
  const later = accepting(cache, { engine: shared.engine, sagaLog: shared.log });
  const replayed = later.acceptOrder(submission);
  for (let n = 0; n < 10; n += 1) await later.clock.advance(defaultLimits.inFlightWaitMs);
  expect(await replayed).toEqual({ ...accepted, kind: 'replayed' });
});

test('an overloaded engine left the key free, and all who waited were told', async () => {
  const { cache, told } = scriptedCache({ kind: 'fresh' });
  let calls = 0;
  const engine = {
    accept: () => {
      calls += 1;
      return Promise.reject(new Overloaded('live', 1_000));
    },
  };
  const { acceptOrder } = accepting(cache, { engine });
  const results = await Promise.allSettled([acceptOrder(submission), acceptOrder(submission)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(calls).toBe(1);
  expect(told).toEqual(['abandon']);
});
