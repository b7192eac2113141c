import { describe, expect, it } from 'vitest';
import { findCapacity } from '../../src/load/find-capacity.ts';
import type { LoadReport } from '../../src/load/load-report.ts';
import { createTally } from '../../src/load/tally.ts';

/** A system that finishes at most so many orders a second. */
const systemWith =
  (mostPerSecond: number) =>
  async (perSecond: number): Promise<LoadReport> => ({
    ...createTally().report(),
    shed: Math.max(0, perSecond - mostPerSecond),
    offeredPerSecond: perSecond,
    finishedPerSecond: Math.min(perSecond, mostPerSecond),
    sendSeconds: 1,
    finished: 0,
    unfinished: 0,
    halted: 0,
    drainSeconds: 0,
    generatorCpuMicrosPerOrder: 0,
  });

describe('the search for the capacity', () => {
  it('ends just below the rate that is too much', async () => {
    const { kneePerSecond, peakPerSecond } = await findCapacity(systemWith(730), {
      startPerSecond: 100,
      precision: 0.05,
    });
    expect(kneePerSecond).toBeLessThanOrEqual(730);
    expect(kneePerSecond).toBeGreaterThan(730 * 0.93);
    expect(peakPerSecond).toBe(730);
  });

  it('also finds one below the first rate', async () => {
    const { kneePerSecond } = await findCapacity(systemWith(12), { startPerSecond: 100, precision: 0.1 });
    expect(kneePerSecond).toBeGreaterThanOrEqual(10);
    expect(kneePerSecond).toBeLessThanOrEqual(12);
  });
});
