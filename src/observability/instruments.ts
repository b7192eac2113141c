import type { Instrument, MetricRegistry } from './metric-registry.ts';
import { type LabelsOf, type MetricKey, metricTable } from './names.ts';

/** One instrument for each row of the table. */
export type Instruments = { readonly [K in MetricKey]: Instrument<LabelsOf<K>> };

/** @param registryOf the registry that shows a metric, or one that is never read, which hides it */
export function createInstruments(registryOf: (key: MetricKey) => MetricRegistry): Instruments {
  const made = Object.entries(metricTable).map(
    ([key, definition]) => [key, registryOf(key as MetricKey).instrument(definition)] as const,
  );
  // The loop makes exactly the keys of the table, which the type system cannot follow.
  return Object.fromEntries(made) as unknown as Instruments;
}
