import type { MetricDefinition } from './metric-definition.ts';

/** The span that a measurement was made in. */
export type Exemplar = {
  readonly traceId: string;
  readonly spanId: string;
  readonly value: number;
  readonly atMs: number;
};

/** Where an exemplar leads. */
export type SpanRef = { readonly traceId: string; readonly spanId: string };

export type HistogramValue = {
  /** Not cumulative; one more than there are bounds. */
  readonly counts: number[];
  readonly exemplars: (Exemplar | undefined)[];
  sum: number;
  count: number;
};

/** One combination of label values. */
export type Series =
  | { readonly labels: readonly string[]; value: number; exemplar?: Exemplar }
  | { readonly labels: readonly string[]; readonly histogram: HistogramValue };

/** A metric with everything it holds, for an exposition format. */
export type Family = { readonly definition: MetricDefinition; readonly series: Iterable<Series> };

type Labels<L extends string> = Readonly<Record<L, string>>;

/** One metric. Labels beyond the bound on series all become `other`, so that no input can grow memory. */
export type Instrument<L extends string> = {
  /** Adds to a counter or a gauge. */
  add(labels: Labels<L>, amount?: number, trace?: SpanRef): void;
  /** Sets a gauge, or a counter whose total is kept elsewhere. */
  set(labels: Labels<L>, value: number): void;
  /** Puts one measurement into a histogram. */
  observe(labels: Labels<L>, value: number, trace?: SpanRef): void;
  /** Sets every series that exists, before some of them get values of their own. */
  setAll(value: number): void;
};

/** The metrics of one exposition. */
export type MetricRegistry = {
  instrument<L extends string>(definition: MetricDefinition): Instrument<L>;
  /** Called before each reading, to set what is only worth computing then. */
  beforeReading(refresh: () => void): void;
  /** In the order they were made. */
  read(): readonly Family[];
};

const maxSeries = 200;

/**
 * Counts and measures in plain maps: a measurement costs one string and one look-up. Own code because the OpenTelemetry
 * SDK takes longer to load than this whole system may take to start; see `docs/decisions/0006-metrics.md`.
 */
export function createMetricRegistry(now: () => number): MetricRegistry {
  const families: Family[] = [];
  const refreshers: (() => void)[] = [];
  return {
    instrument<L extends string>(definition: MetricDefinition): Instrument<L> {
      const { instrument, series } = createInstrument<L>(definition, now);
      families.push({ definition, series });
      return instrument;
    },
    beforeReading: (refresh) => void refreshers.push(refresh),
    read() {
      for (const refresh of refreshers) refresh();
      return families;
    },
  };
}

function createInstrument<L extends string>(
  definition: MetricDefinition,
  now: () => number,
): { instrument: Instrument<L>; series: Iterable<Series> } {
  const names = Object.keys(definition.labels) as L[];
  const bounds = definition.buckets ?? [];
  const held = new Map<string, Series>();
  const freshSeries = (labels: readonly string[]): Series =>
    definition.type === 'histogram'
      ? { labels, histogram: { ...emptyBuckets(bounds.length + 1), sum: 0, count: 0 } }
      : { labels, value: 0 };

  function seriesFor(labels: Labels<L>): Series {
    let key = '';
    for (const name of names) key += `${labels[name]}\n`;
    const known = held.get(key);
    if (known !== undefined) return known;
    const full = held.size >= maxSeries - 1;
    const values = names.map((name) => (full ? 'other' : labels[name]));
    const made = freshSeries(values);
    const heldKey = values.map((value) => `${value}\n`).join('');
    const other = held.get(heldKey);
    if (other === undefined) held.set(heldKey, made);
    return other ?? made;
  }

  function scalar(labels: Labels<L>): Extract<Series, { value: number }> {
    const series = seriesFor(labels);
    if ('value' in series) return series;
    throw new TypeError(`${definition.name} is a histogram`);
  }

  // A metric without labels exists from the start, so that rate() and alerts see its zero.
  if (names.length === 0) held.set('', freshSeries([]));

  return {
    series: { [Symbol.iterator]: () => held.values() },
    instrument: {
      add(labels, amount = 1, trace) {
        const series = scalar(labels);
        series.value += amount;
        if (trace) series.exemplar = exemplarOf(trace, amount, now());
      },
      set(labels, value) {
        scalar(labels).value = value;
      },
      observe(labels, value, trace) {
        const series = seriesFor(labels);
        if (!('histogram' in series)) throw new TypeError(`${definition.name} is not a histogram`);
        const { histogram } = series;
        const bucket = bucketOf(bounds, value);
        histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
        histogram.sum += value;
        histogram.count += 1;
        if (trace) histogram.exemplars[bucket] = exemplarOf(trace, value, now());
      },
      setAll(value) {
        for (const series of held.values()) if ('value' in series) series.value = value;
      },
    },
  };
}

const emptyBuckets = (size: number): Pick<HistogramValue, 'counts' | 'exemplars'> => ({
  counts: new Array<number>(size).fill(0),
  exemplars: new Array<Exemplar | undefined>(size).fill(undefined),
});

const exemplarOf = ({ traceId, spanId }: SpanRef, value: number, atMs: number): Exemplar => ({
  traceId,
  spanId,
  value,
  atMs,
});

/** Bounds are inclusive, as in Prometheus. */
function bucketOf(bounds: readonly number[], value: number): number {
  const index = bounds.findIndex((bound) => value <= bound);
  return index === -1 ? bounds.length : index;
}
