import { describe, expect, test } from 'vitest';
import { createLocalIdempotencyCache } from '../../../src/stores/memory/idempotency-cache.ts';
import { contractLimits, idempotencyCacheFacts } from '../../contract/idempotency-cache.contract.ts';

const cached = { fingerprint: 'f', answer: 'a' };
const begin = (key: string) => ({ scope: 's', key, fingerprint: 'f' });
const settled = (key: string) => ({ scope: 's', key, cached, ttlMs: 60_000 });

function createSubject(options: { readonly maxEntries?: number; readonly maxTotalLength?: number } = {}) {
  let nowMs = 1_000_000;
  const { inFlightTtlMs } = contractLimits;
  const cache = createLocalIdempotencyCache({ now: () => nowMs, inFlightTtlMs, ...options });
  function advance(byMs: number): void {
    nowMs += byMs;
  }
  return { cache, advance };
}

describe('idempotency cache: local', () => {
  idempotencyCacheFacts(async () => {
    const { cache, advance } = createSubject({ maxTotalLength: contractLimits.maxAnswerLength });
    return { open: async () => cache, advance, remove: async () => {} };
  });

  test('a key that nobody settled was free after a few seconds', async () => {
    const { cache, advance } = createSubject();
    await cache.begin(begin('k'));
    advance(contractLimits.inFlightTtlMs - 1);
    expect(await cache.begin(begin('k'))).toMatchObject({ kind: 'inFlight' });
    advance(1);
    expect(await cache.begin(begin('k'))).toEqual({ kind: 'fresh' });
  });

  test('a clock that was set back did not hold a key for longer', async () => {
    const { cache, advance } = createSubject();
    await cache.begin(begin('k'));
    advance(-3_600_000);
    expect(await cache.begin(begin('k'))).toEqual({ kind: 'fresh' });
  });

  test('the least recently used of too many entries was dropped', async () => {
    const { cache } = createSubject({ maxEntries: 2 });
    await cache.settle(settled('a'));
    await cache.settle(settled('b'));
    await cache.begin(begin('a'));
    await cache.settle(settled('c'));
    expect(await cache.begin(begin('a'))).toMatchObject({ kind: 'answered' });
    expect(await cache.begin(begin('b'))).toEqual({ kind: 'fresh' });
  });

  test('entries were dropped when they were too large together', async () => {
    const { cache } = createSubject({ maxTotalLength: 20 });
    for (const key of ['a', 'b', 'c']) await cache.settle(settled(key));
    expect(await cache.begin(begin('c'))).toMatchObject({ kind: 'answered' });
    expect(await cache.begin(begin('a'))).toEqual({ kind: 'fresh' });
  });
});
