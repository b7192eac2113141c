// Each bound is 25 % above the one before, from 1 ms to beyond an hour, so a quantile is off by at most an eighth.
const growth = 1.25;
const buckets = 70;

/** Durations, counted in buckets of growing width. */
export type Latencies = {
  note(durationMs: number): void;
  readonly counts: Uint32Array;
};

export function createLatencies(): Latencies {
  const counts = new Uint32Array(buckets);
  return {
    counts,
    note(durationMs) {
      const bucket = bucketOf(durationMs);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    },
  };
}

/** The sum of several counts. */
export function mergeLatencies(parts: readonly Latencies[]): Uint32Array {
  const merged = new Uint32Array(buckets);
  for (const { counts } of parts) {
    for (const [bucket, count] of counts.entries()) merged[bucket] = (merged[bucket] ?? 0) + count;
  }
  return merged;
}

/**
 * The duration that this share of all durations did not exceed, accurate to an eighth.
 *
 * @returns undefined when nothing was measured
 */
export function quantileMs(counts: Uint32Array, share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let seen = 0;
  for (const [bucket, count] of counts.entries()) {
    seen += count;
    if (seen >= share * total) return middleOf(bucket);
  }
  return middleOf(buckets - 1);
}

const bucketOf = (durationMs: number): number =>
  durationMs <= 1 ? 0 : Math.min(buckets - 1, Math.ceil(Math.log(durationMs) / Math.log(growth)));

const middleOf = (bucket: number): number =>
  bucket === 0 ? 1 : Number((growth ** (bucket - 0.5)).toPrecision(3));
