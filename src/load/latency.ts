import { createHistogram } from 'node:perf_hooks';

/** Milliseconds; three significant digits. All zero when nothing was measured. */
export type LatencySummary = {
  readonly count: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
};

export type Latency = { record(ms: number): void; summary(): LatencySummary };

/** An HdrHistogram (the one in Node) of microseconds up to ten minutes. */
export function createLatency(): Latency {
  const longestUs = 600_000_000;
  const histogram = createHistogram({ lowest: 1, highest: longestUs, figures: 3 });
  const at = (percentile: number): number => histogram.percentile(percentile) / 1_000;
  return {
    record: (ms) => histogram.record(Math.min(longestUs, Math.max(1, Math.round(ms * 1_000)))),
    summary() {
      if (histogram.count === 0) return { count: 0, p50Ms: 0, p90Ms: 0, p99Ms: 0, p999Ms: 0, maxMs: 0 };
      return {
        count: histogram.count,
        p50Ms: at(50),
        p90Ms: at(90),
        p99Ms: at(99),
        p999Ms: at(99.9),
        maxMs: histogram.max / 1_000,
      };
    },
  };
}
