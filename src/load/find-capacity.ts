import type { LoadReport } from './load-report.ts';

/** Offers one rate for a while and says what happened. */
export type Probe = (perSecond: number) => Promise<LoadReport>;

export type Capacity = {
  /** Highest rate that was sustained: all accepted, and finished as fast as they came. */
  readonly kneePerSecond: number;
  /** Most sagas finished per second at any rate, overload included. */
  readonly peakPerSecond: number;
  readonly probes: readonly {
    readonly perSecond: number;
    readonly sustained: boolean;
    readonly report: LoadReport;
  }[];
};

// A probe ends with sagas still under way, so slightly fewer have finished than were accepted.
const sustainedShare = 0.95;
const highestPerSecond = 100_000;

/**
 * Doubles the rate until it is not sustained, then halves the gap until it is narrower than `precision` of the rate.
 *
 * @param precision for example 0.05
 */
export async function findCapacity(
  probe: Probe,
  { startPerSecond, precision }: { readonly startPerSecond: number; readonly precision: number },
): Promise<Capacity> {
  const probes: Capacity['probes'][number][] = [];

  async function sustains(perSecond: number): Promise<boolean> {
    const report = await probe(perSecond);
    const sustained = isSustained(report);
    probes.push({ perSecond, sustained, report });
    return sustained;
  }

  let low = 0;
  let high = startPerSecond;
  while (high < highestPerSecond && (await sustains(high))) {
    low = high;
    high *= 2;
  }
  while (high - low > precision * high) {
    const middle = Math.round((low + high) / 2);
    if (await sustains(middle)) low = middle;
    else high = middle;
  }
  const peak = Math.max(...probes.map(({ report }) => report.finishedPerSecond));
  return { kneePerSecond: low, peakPerSecond: peak, probes };
}

const isSustained = ({ shed, failed, notSent, finishedPerSecond, offeredPerSecond }: LoadReport): boolean =>
  shed + failed + notSent === 0 && finishedPerSecond >= sustainedShare * offeredPerSecond;
