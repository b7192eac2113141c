import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CachedAnswer, IdempotencyCache } from '../../src/stores/idempotency-cache.ts';

/** One place to remember answers, and the clock of the caches over it. */
export type IdempotencyCacheSubject = {
  /** A cache that is ready to answer. */
  open(): Promise<IdempotencyCache>;
  advance(byMs: number): void;
  remove(): Promise<void>;
};

/** Bounds that the subject is created with, small enough to be reached. */
export const contractLimits = { inFlightTtlMs: 5_000, maxAnswerLength: 20_000 } as const;

const claim = { scope: 'shop', key: 'key-1', fingerprint: 'one order' };
const cached: CachedAnswer = { fingerprint: 'one order', answer: '{"id":"saga-1"}' };
const { scope, key } = claim;

/** What every idempotency cache promises. Call it inside a `describe`, with each adapter. */
export function idempotencyCacheFacts(create: () => Promise<IdempotencyCacheSubject>): void {
  let subject: IdempotencyCacheSubject;
  let cache: IdempotencyCache;
  beforeEach(async () => {
    subject = await create();
    cache = await subject.open();
  });
  afterEach(async () => {
    await cache.close();
    await subject.remove();
  });

  test('the first to begin held the key, the second was told of the first', async () => {
    expect(await cache.begin(claim)).toEqual({ kind: 'fresh' });
    const second = await cache.begin({ ...claim, fingerprint: 'another order' });
    expect(second).toEqual({ kind: 'inFlight', fingerprint: 'one order' });
  });

  test('of 200 that began at once one held the key', async () => {
    const kinds = (await Promise.all(Array.from({ length: 200 }, () => cache.begin(claim)))).map(
      ({ kind }) => kind,
    );
    expect(kinds.toSorted()).toEqual(['fresh', ...Array(199).fill('inFlight')]);
  });

  test('a settled key was answered with the first answer, whatever the request', async () => {
    await cache.begin(claim);
    await cache.settle({ scope, key, cached, ttlMs: 60_000 });
    expect(await cache.begin(claim)).toEqual({ kind: 'answered', cached });
    expect(await cache.begin({ ...claim, fingerprint: 'another order' })).toEqual({
      kind: 'answered',
      cached,
    });
  });

  test('a key that was settled without being held was answered', async () => {
    await cache.settle({ scope, key, cached, ttlMs: 60_000 });
    expect(await cache.begin(claim)).toEqual({ kind: 'answered', cached });
  });

  test('an abandoned key was free again, an answered one was not', async () => {
    await cache.begin(claim);
    await cache.abandon(claim);
    expect(await cache.begin(claim)).toEqual({ kind: 'fresh' });
    await cache.settle({ scope, key, cached, ttlMs: 60_000 });
    await cache.abandon(claim);
    expect(await cache.begin(claim)).toEqual({ kind: 'answered', cached });
  });

  test('keys of different scopes were different keys', async () => {
    await cache.settle({ scope: 'a', key: 'b:c', cached, ttlMs: 60_000 });
    expect(await cache.begin({ ...claim, scope: 'a:b', key: 'c' })).toEqual({ kind: 'fresh' });
    expect(await cache.begin({ ...claim, scope: 'a', key: 'b:c' })).toEqual({ kind: 'answered', cached });
  });

  test('an answer was given until its time was over, and not a moment longer', async () => {
    await cache.settle({ scope, key, cached, ttlMs: 60_000 });
    subject.advance(59_999);
    expect(await cache.begin(claim)).toEqual({ kind: 'answered', cached });
    subject.advance(1);
    expect(await cache.begin(claim)).not.toMatchObject({ kind: 'answered' });
  });

  test.each([0, -1])('an answer that had %d ms left was not kept, and its key was free', async (ttlMs) => {
    await cache.begin(claim);
    await cache.settle({ scope, key, cached, ttlMs });
    expect(await cache.begin(claim)).toEqual({ kind: 'fresh' });
  });

  test('an answer that was too large was not kept, and its key was free', async () => {
    await cache.begin(claim);
    const answer = 'x'.repeat(contractLimits.maxAnswerLength + 1);
    await cache.settle({ scope, key, cached: { ...cached, answer }, ttlMs: 60_000 });
    expect(await cache.begin(claim)).toEqual({ kind: 'fresh' });
  });

  test.each(['', 'a\u0000b\r\n"\\', 'é\u{1F600}\u202E', '\uD800', '["inFlight","",""]'])(
    'the answer %j came back as it was',
    async (answer) => {
      await cache.settle({ scope, key, cached: { fingerprint: answer, answer }, ttlMs: 60_000 });
      expect(await cache.begin(claim)).toEqual({ kind: 'answered', cached: { fingerprint: answer, answer } });
    },
  );

  test.each(['', '\uD800', '\u0000', 'k'.repeat(100_000)])('no key made it throw', async (odd) => {
    const strange = { scope: odd, key: odd, fingerprint: odd };
    expect(['fresh', 'unknown']).toContain((await cache.begin(strange)).kind);
    await cache.settle({ ...strange, cached, ttlMs: 60_000 });
    await cache.abandon(strange);
  });

  test('a closed cache threw nothing, and closing twice was closing', async () => {
    await cache.close();
    await cache.close();
    await cache.begin(claim);
    await cache.settle({ scope, key, cached, ttlMs: 60_000 });
    await cache.abandon(claim);
    expect(cache.state()).toBeTypeOf('string');
  });
}
