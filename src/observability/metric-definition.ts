/** One metric, as backends get to know it. */
export type MetricDefinition = {
  /** OpenMetrics name with its unit; counters end in `_total`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** UCUM, as OTLP wants it. */
  readonly unit: 's' | 'By' | '1' | '{minor_unit}' | `{${string}}`;
  readonly help: string;
  /** Each label and the values it can have. None of them grows with traffic. */
  readonly labels: Readonly<Record<string, string>>;
  /** Upper bounds of a histogram's buckets, in `unit`. */
  readonly buckets?: readonly number[];
};
