import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSagaIds } from '../../src/boot/saga-ids.ts';

const version7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('saga ids', () => {
  it('are UUIDs of version 7 that begin with the time', () => {
    const next = createSagaIds({ now: () => 0x0190_a5b0_7d5c, randomBytes });
    expect(next()).toMatch(version7);
    expect(next().slice(0, 13)).toBe('0190a5b0-7d5c');
  });

  it('sort by their making, also within a millisecond and when the clock steps back', () => {
    let nowMs = 1_000;
    const next = createSagaIds({ now: () => nowMs, randomBytes });
    const ids = Array.from({ length: 2_000 }, (_, index) => {
      nowMs += index % 100 === 0 ? -1 : Number(index % 7 === 0);
      return next();
    });
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
