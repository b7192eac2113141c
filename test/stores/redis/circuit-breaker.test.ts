import { describe, expect, test } from 'vitest';
import { createCircuitBreaker } from '../../../src/stores/redis/circuit-breaker.ts';

function createSubject() {
  let nowMs = 1_000_000;
  const breaker = createCircuitBreaker({ now: () => nowMs, coolDownMs: 1_000, maxCoolDownMs: 4_000 });
  function advance(byMs: number): void {
    nowMs += byMs;
  }
  return { breaker, advance };
}

describe('circuit breaker', () => {
  test('one failure opened it, and nobody probed before the cool-down was over', () => {
    const { breaker, advance } = createSubject();
    expect([breaker.isClosed(), breaker.takeProbe()]).toEqual([true, false]);
    breaker.failed();
    advance(999);
    expect([breaker.isClosed(), breaker.takeProbe()]).toEqual([false, false]);
    advance(1);
    expect([breaker.takeProbe(), breaker.takeProbe(), breaker.isClosed()]).toEqual([true, false, false]);
    breaker.succeeded();
    expect(breaker.isClosed()).toBe(true);
  });

  test('each probe that failed doubled the cool-down up to its bound', () => {
    const { breaker, advance } = createSubject();
    breaker.failed();
    for (const coolDownMs of [1_000, 2_000, 4_000, 4_000]) {
      advance(coolDownMs - 1);
      expect(breaker.takeProbe()).toBe(false);
      advance(1);
      expect(breaker.takeProbe()).toBe(true);
      breaker.failed();
    }
  });

  test('a server that came back was probed at once', () => {
    const { breaker } = createSubject();
    breaker.endCoolDown();
    expect(breaker.takeProbe()).toBe(false);
    breaker.failed();
    breaker.endCoolDown();
    expect(breaker.takeProbe()).toBe(true);
  });

  test('requests that failed together counted as one failure', () => {
    const { breaker, advance } = createSubject();
    for (let request = 0; request < 50; request++) breaker.failed();
    advance(1_000);
    expect(breaker.takeProbe()).toBe(true);
  });

  test('a clock that was set back by an hour did not put the probe off', () => {
    const { breaker, advance } = createSubject();
    breaker.failed();
    advance(-3_600_000);
    expect(breaker.takeProbe()).toBe(true);
  });
});
