import { type HrTime, ValueType } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { hrTimeFrom } from './hr-time.ts';
import type { Family, HistogramValue, MetricRegistry, Series } from './metric-registry.ts';

/** Hands the registry's metrics to an OTLP reader, so that both ways out tell the same numbers. */
export function metricProducerFrom(
  registry: MetricRegistry,
  {
    resource,
    version,
    now,
  }: { readonly resource: Resource; readonly version: string; readonly now: () => number },
): MetricProducer {
  const startTime = hrTimeFrom(now());
  return {
    collect: async () => {
      const times = { startTime, endTime: hrTimeFrom(now()) };
      const metrics = registry.read().map((family) => metricDataFrom(family, times));
      return {
        resourceMetrics: { resource, scopeMetrics: [{ scope: { name: 'ordersaga', version }, metrics }] },
        errors: [],
      };
    },
  };
}

type Times = { readonly startTime: HrTime; readonly endTime: HrTime };

function metricDataFrom({ definition, series }: Family, times: Times): MetricData {
  const { name, help, unit, type, buckets = [] } = definition;
  const labels = Object.keys(definition.labels);
  const points = [...series].map((one) => ({
    ...times,
    attributes: Object.fromEntries(labels.map((label, index) => [label, one.labels[index] ?? ''])),
    series: one,
  }));
  const base = {
    // Backends that turn OTLP into Prometheus names add `_total` and the unit again only where they are missing.
    descriptor: { name, description: help, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const numbers = points.map(
    ({ series: one, ...point }): DataPoint<number> => ({ ...point, value: numberOf(one) }),
  );
  switch (type) {
    case 'counter':
      return { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: numbers };
    case 'gauge':
      return { ...base, dataPointType: DataPointType.GAUGE, dataPoints: numbers };
    case 'histogram':
      return {
        ...base,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: points.flatMap(({ series: one, ...point }): DataPoint<Histogram>[] =>
          'histogram' in one ? [{ ...point, value: histogramFrom(one.histogram, buckets) }] : [],
        ),
      };
    default:
      return type satisfies never;
  }
}

const numberOf = (series: Series): number => ('value' in series ? series.value : 0);

const histogramFrom = ({ counts, sum, count }: HistogramValue, bounds: readonly number[]): Histogram => ({
  buckets: { boundaries: [...bounds], counts: [...counts] },
  sum,
  count,
});
