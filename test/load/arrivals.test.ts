import { describe, expect, it } from 'vitest';
import { arrivals, offeredPerSecond } from '../../src/load/arrivals.ts';

describe('arrivals', () => {
  it('are evenly spaced', () => {
    expect([...arrivals([{ perSecond: 4, durationMs: 1_000 }])]).toEqual([0, 250, 500, 750]);
  });

  it('go from one rate to the next without a gap', () => {
    const steps = [
      { perSecond: 2, durationMs: 1_000 },
      { perSecond: 4, durationMs: 500 },
    ];
    expect([...arrivals(steps)]).toEqual([0, 500, 1_000, 1_250]);
    expect(offeredPerSecond(steps)).toBeCloseTo(4 / 1.5);
  });
});
