import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, type RetryPolicy } from '../../src/saga/retry-policy.ts';
import { stepKey } from '../../src/saga/step-key.ts';

const policy: RetryPolicy = { maxAttempts: 10, initialBackoffMs: 100, maxBackoffMs: 1_000 };
const almostOne = 1 - Number.EPSILON;

describe('the wait before the next attempt', () => {
  it('has a cap that doubles with every attempt until the largest', () => {
    const caps = [1, 2, 3, 4, 5, 6].map((attempt) => backoffMs(policy, attempt, almostOne) + 1);
    expect(caps).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('uses the whole range below the cap, so that sagas which failed together come back apart', () => {
    expect(backoffMs(policy, 3, 0)).toBe(0);
    expect(backoffMs(policy, 3, 0.5)).toBe(200);
    expect(backoffMs(policy, 3, almostOne)).toBe(399);
  });

  it('is a whole number in [0, cap) for any policy, attempt and chance', () => {
    const anyPolicy = fc.tuple(fc.nat(100_000), fc.nat(100_000)).map(([initialBackoffMs, more]) => ({
      maxAttempts: 1_000,
      initialBackoffMs,
      maxBackoffMs: initialBackoffMs + more,
    }));
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(anyPolicy, fc.integer({ min: 1, max: 1_000 }), chance, (any, attempt, random) => {
        const waitMs = backoffMs(any, attempt, random);
        expect(Number.isSafeInteger(waitMs)).toBe(true);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThan(
          Math.max(1, Math.min(any.maxBackoffMs, any.initialBackoffMs * 2 ** (attempt - 1))),
        );
      }),
    );
  });

  it('is none when the policy asks for none', () => {
    expect(backoffMs({ maxAttempts: 1_000, initialBackoffMs: 0, maxBackoffMs: 0 }, 1_000, almostOne)).toBe(0);
  });
});

describe('the idempotency key of a write', () => {
  it('depends on saga, step and direction, and on nothing that changes between attempts', () => {
    expect(stepKey('s1', 'charge', 'action')).toBe('s1:charge:action');
    const keys = ['s1', 's2'].flatMap((saga) =>
      ['charge', 'reserve'].flatMap((step) =>
        (['action', 'compensation'] as const).map((direction) => stepKey(saga, step, direction)),
      ),
    );
    expect(new Set(keys).size).toBe(8);
  });
});
