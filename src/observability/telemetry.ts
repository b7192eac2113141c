import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { ClientMiddleware, ServerMiddleware } from 'nice-grpc-common';
import type { EngineStatus } from '../engine/engine.ts';
import type { BreakerState } from '../engine/observer.ts';
import type { RequestObserver } from '../services/gateway/request-observer.ts';
import { createEngineObserver, type EngineObserver } from './engine-observer.ts';
import { type Exposition, expositionOf } from './exposition.ts';
import { createInstruments, type Instruments } from './instruments.ts';
import type { Logger } from './logger.ts';
import { createMetricRegistry, type MetricRegistry } from './metric-registry.ts';
import { type MetricKey, metricsOfEveryProcess, metricTable } from './names.ts';
import { createRequestObserver } from './request-observer.ts';
import { rpcClientObservation, rpcServerObservation } from './rpc-observation.ts';
import { measureRuntime } from './runtime-metrics.ts';
import { createSagaTracer } from './saga-tracer.ts';
import { samplerFrom } from './sampling.ts';
import { createSpanOutlet, type SpanOutlet } from './span-outlet.ts';
import { createTailBuffer } from './tail-buffer.ts';
import { createTraceIds } from './trace-ids.ts';
import { type ShopView, trackUnfinished } from './unfinished-sagas.ts';

export type TelemetryOptions = {
  /** Services of this process. */
  readonly services: readonly string[];
  readonly version: string;
  /** Whether spans are recorded and exported. */
  readonly tracing: boolean;
  /** The `OTEL_…` variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly shop: ShopView;
  readonly logger: Logger;
  readonly now: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Instead of the one that the variables name; for tests. */
  readonly spanExporter?: SpanExporter;
};

/** What the gateway tells when its gauges are read. */
export type GaugeSources = {
  engine(): EngineStatus;
  idempotencyCache(): 'connected' | 'degraded' | 'local';
};

/** Everything that a process tells about itself, shared by its services. */
export type Telemetry = {
  /** Every metric of the table, for those who count for themselves. */
  readonly metrics: Instruments;
  /** What each series of a counter or a gauge shows now, with its label values in the order of the table. */
  read(key: MetricKey): readonly { readonly labels: readonly string[]; readonly value: number }[];
  /** What `/metrics` answers; OpenMetrics with exemplars when the Accept header asks for it. */
  exposition(accept?: string): Exposition;
  readonly engineObserver: EngineObserver;
  readonly requestObserver: RequestObserver;
  rpcServer(service: string): readonly ServerMiddleware[];
  rpcClient(service: string): readonly ClientMiddleware[];
  /** For a database's `onCommit`. */
  onCommit(service: string): (commit: { readonly operations: number; readonly durationMs: number }) => void;
  /** Read at each scrape from now on. Called once, by the process that has an engine. */
  watch(sources: GaugeSources): void;
  /**
   * Loads the SDK and sends what has gathered since the start. Call it when the process is ready, so that loading delays
   * nobody. Does nothing when nothing is to be exported.
   */
  startExporting(): Promise<void>;
  /** Sends what is pending, for 3 s at most. Idempotent. */
  close(): Promise<void>;
};

/** The one that serves HTTP and drives sagas. */
const service = 'gateway';

/** Metrics, always; spans when tracing. Opens no port and loads no SDK. */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const { logger, now, tracing, version } = options;
  const registry = createMetricRegistry(now);
  const unread = createMetricRegistry(now);
  const drivesSagas = options.services.includes(service);
  const instruments = createInstruments((key) =>
    drivesSagas || metricsOfEveryProcess.has(key) ? registry : unread,
  );
  const stopMeasuring = measureRuntime(registry, instruments, version);
  registry.beforeReading(() => countLines(instruments, logger));

  const ids = createTraceIds(options.randomBytes);
  const outlet = createSpanOutlet((dropped) => instruments.spans.add({ result: 'dropped' }, dropped));
  const { sink } = outlet;
  const buffer = createTailBuffer(sink);
  const recording = tracing ? { sampler: samplerFrom(options.env), ids, sink, buffer } : undefined;
  const engineObserver = createEngineObserver({
    instruments,
    logger,
    now,
    unfinished: trackUnfinished(registry, instruments, { shop: options.shop, now }),
    tracer: recording && createSagaTracer({ service, ...recording }),
  });

  let exporting: Promise<void> | undefined;
  let closed: Promise<void> | undefined;
  return {
    metrics: instruments,
    read: (key) =>
      registry
        .read()
        .flatMap(({ definition, series }) =>
          definition.name === metricTable[key].name
            ? [...series].flatMap((one) => ('value' in one ? [{ labels: one.labels, value: one.value }] : []))
            : [],
        ),
    exposition: (accept) => expositionOf(registry.read(), accept),
    engineObserver,
    requestObserver: createRequestObserver({ service, instruments, logger, ids, now, tracing: recording }),
    rpcServer: (name) => [rpcServerObservation({ service: name, now, tracing: recording }, instruments)],
    rpcClient: (name) => (tracing ? [rpcClientObservation({ service: name, now, tracing: recording })] : []),
    onCommit: (name) => observeCommits(instruments, name),
    watch: (sources) => registry.beforeReading(() => readGauges(instruments, sources)),
    startExporting: () => (exporting ??= connect(options, { registry, instruments, outlet })),
    close() {
      closed ??= (async () => {
        stopMeasuring();
        await exporting;
        await outlet.close();
      })();
      return closed;
    },
  };
}

async function connect(
  options: TelemetryOptions,
  parts: {
    readonly registry: MetricRegistry;
    readonly instruments: Instruments;
    readonly outlet: SpanOutlet;
  },
): Promise<void> {
  const { env, tracing: traces, logger } = options;
  const metrics =
    env.OTEL_SDK_DISABLED !== 'true' && (env.OTEL_METRICS_EXPORTER ?? '').split(',').includes('otlp');
  if (!traces && !metrics) return;
  const onSpans = (result: 'exported' | 'failed', count: number): void =>
    parts.instruments.spans.add({ result }, count);
  try {
    const { startOtelExport } = await import('./otel-export.ts');
    parts.outlet.connect(
      await startOtelExport({ ...options, traces, metrics, registry: parts.registry, onSpans }),
    );
  } catch (error) {
    // Orders matter more than their traces.
    logger.error('telemetry cannot be exported', { error });
  }
}

function observeCommits(
  { commitOperations, commitDuration }: Instruments,
  service: string,
): ReturnType<Telemetry['onCommit']> {
  const labels = { service };
  return ({ operations, durationMs }) => {
    commitOperations.observe(labels, operations);
    commitDuration.observe(labels, durationMs / 1_000);
  };
}

const breakerStates: readonly BreakerState[] = ['closed', 'open', 'half-open'];
const cacheStates = ['connected', 'degraded', 'local'] as const;

function readGauges(instruments: Instruments, { engine, idempotencyCache }: GaugeSources): void {
  const { live, maxLive, pendingAccepts, logFailing, breakers, pauses } = engine();
  instruments.sagasLive.set({}, live);
  instruments.sagasLiveLimit.set({}, maxLive);
  instruments.logFailing.set({}, Number(logFailing));
  instruments.admissionQueue.set({}, pendingAccepts);
  const held = new Set(pauses.map(({ participant }) => participant ?? 'all'));
  for (const participant of ['all', ...Object.keys(breakers)])
    instruments.enginePaused.set({ participant }, Number(held.has(participant)));
  for (const [participant, current] of Object.entries(breakers)) {
    for (const state of breakerStates) {
      instruments.breakerState.set({ participant, state }, Number(state === current));
    }
  }
  const cache = idempotencyCache();
  for (const state of cacheStates) instruments.idempotencyCacheState.set({ state }, Number(state === cache));
}

function countLines({ logLines }: Instruments, logger: Logger): void {
  const { info, warn, error } = logger.lineCounts();
  logLines.set({ level: 'info' }, info);
  logLines.set({ level: 'warn' }, warn);
  logLines.set({ level: 'error' }, error);
}
