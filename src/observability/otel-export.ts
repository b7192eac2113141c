// The only module that loads the OpenTelemetry SDK. Nothing imports it but telemetry.ts, and that only when something is
// to be exported: loading it takes longer than everything else at start-up together.
import { hostname } from 'node:os';
import {
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor, ConsoleSpanExporter, type SpanExporter } from '@opentelemetry/sdk-trace';
import type { MetricRegistry } from './metric-registry.ts';
import { metricProducerFrom } from './otel-metrics.ts';
import { readableSpanFrom } from './otel-spans.ts';
import type { SpanSink } from './span-draft.ts';

type OtelEnvironment = Readonly<Record<string, string | undefined>>;

export type OtelExportOptions = {
  /** The `OTEL_…` variables. Endpoints, headers, certificates and time limits are read by the exporters themselves. */
  readonly env: OtelEnvironment;
  /** Services of this process; each is a resource of its own. */
  readonly services: readonly string[];
  readonly version: string;
  readonly now: () => number;
  readonly registry: MetricRegistry;
  readonly traces: boolean;
  readonly metrics: boolean;
  /** Told how many spans left, or did not. */
  onSpans(result: 'exported' | 'failed', count: number): void;
  /** Instead of the one that the variables name; for tests. */
  readonly spanExporter?: SpanExporter;
};

export type OtelExport = {
  readonly sink: SpanSink;
  /** Sends what is pending and stops. */
  close(): Promise<void>;
};

/** Starts the SDK: exporters and processors as the `OTEL_…` variables say. */
export async function startOtelExport(options: OtelExportOptions): Promise<OtelExport> {
  const { env, version, services } = options;
  const resources = new Map(services.map((service) => [service, resourceFor(service, options)]));
  const main = resourceFor(services.length === 1 ? (services[0] ?? '') : '', options);
  const exporter = options.traces ? (options.spanExporter ?? (await spanExporterFrom(env))) : undefined;
  const processor =
    exporter && new BatchSpanProcessor({ ...batchLimits(env), exporter: counting(exporter, options) });
  const sdk = new NodeSDK({
    resource: main,
    autoDetectResources: false,
    spanProcessors: processor ? [processor] : [],
    metricReaders: options.metrics ? [await metricReaderFrom(options, main)] : [],
    logRecordProcessors: [],
  });
  sdk.start();
  const scope = { name: 'ordersaga', version };
  return {
    sink: (draft) => processor?.onEnd(readableSpanFrom(draft, resources.get(draft.service) ?? main, scope)),
    close: () => sdk.shutdown(),
  };
}

/**
 * `ordersaga-payment` and so on, also when one process is all of them. `OTEL_SERVICE_NAME` replaces `ordersaga`, or the
 * whole name in a process of one service.
 */
function resourceFor(service: string, { env, version, services }: OtelExportOptions): Resource {
  const given = env.OTEL_SERVICE_NAME ?? '';
  const prefix = given === '' ? 'ordersaga' : given;
  const exact = service === '' || (given !== '' && services.length === 1);
  return resourceFromAttributes({
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'service.version': version,
  })
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(resourceFromAttributes({ 'service.name': exact ? prefix : `${prefix}-${service}` }));
}

type Protocol = 'grpc' | 'http/json' | 'http/protobuf';

/** @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
function protocolFrom(env: OtelEnvironment, signal: 'TRACES' | 'METRICS'): Protocol {
  const text = env[`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`] ?? env.OTEL_EXPORTER_OTLP_PROTOCOL;
  return text === 'grpc' || text === 'http/json' ? text : 'http/protobuf';
}

async function spanExporterFrom(env: OtelEnvironment): Promise<SpanExporter> {
  if (env.OTEL_TRACES_EXPORTER === 'console') return new ConsoleSpanExporter();
  switch (protocolFrom(env, 'TRACES')) {
    case 'grpc':
      return new (await import('@opentelemetry/exporter-trace-otlp-grpc')).OTLPTraceExporter();
    case 'http/json':
      return new (await import('@opentelemetry/exporter-trace-otlp-http')).OTLPTraceExporter();
    case 'http/protobuf':
      return new (await import('@opentelemetry/exporter-trace-otlp-proto')).OTLPTraceExporter();
  }
}

async function metricExporterFrom(env: OtelEnvironment): Promise<PushMetricExporter> {
  switch (protocolFrom(env, 'METRICS')) {
    case 'grpc':
      return new (await import('@opentelemetry/exporter-metrics-otlp-grpc')).OTLPMetricExporter();
    case 'http/json':
      return new (await import('@opentelemetry/exporter-metrics-otlp-http')).OTLPMetricExporter();
    case 'http/protobuf':
      return new (await import('@opentelemetry/exporter-metrics-otlp-proto')).OTLPMetricExporter();
  }
}

async function metricReaderFrom(
  { env, registry, version, now }: OtelExportOptions,
  resource: Resource,
): Promise<PeriodicExportingMetricReader> {
  const intervalMs = numberFrom(env.OTEL_METRIC_EXPORT_INTERVAL, 60_000);
  const timeoutMs = numberFrom(env.OTEL_METRIC_EXPORT_TIMEOUT, 30_000);
  return new PeriodicExportingMetricReader({
    exporter: await metricExporterFrom(env),
    metricProducers: [metricProducerFrom(registry, { resource, version, now })],
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: Math.min(timeoutMs, intervalMs),
  });
}

/** The SDK's defaults but for the queue: 2 048 spans are less than 0.2 s of a busy system. */
const batchLimits = (env: OtelEnvironment) => ({
  maxQueueSize: numberFrom(env.OTEL_BSP_MAX_QUEUE_SIZE, 16_384),
  maxExportBatchSize: numberFrom(env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, 512),
  scheduledDelayMillis: numberFrom(env.OTEL_BSP_SCHEDULE_DELAY, 5_000),
  exportTimeoutMillis: numberFrom(env.OTEL_BSP_EXPORT_TIMEOUT, 30_000),
});

function numberFrom(text: string | undefined, fallback: number): number {
  const value = Number(text === undefined || text === '' ? Number.NaN : text);
  return Number.isSafeInteger(value) && value > 0 ? value : fallback;
}

/** An exporter that tells what became of its spans. */
function counting(inner: SpanExporter, { onSpans }: OtelExportOptions): SpanExporter {
  return {
    export: (spans, done) =>
      inner.export(spans, (result) => {
        onSpans(result.code === 0 ? 'exported' : 'failed', spans.length);
        done(result);
      }),
    shutdown: () => inner.shutdown(),
    ...(inner.forceFlush && { forceFlush: () => inner.forceFlush?.() ?? Promise.resolve() }),
  };
}
