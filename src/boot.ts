import { authorityOf } from './authority.ts';
import { logForeignOutput } from './boot/foreign-output.ts';
import { startGatewayService } from './boot/gateway.ts';
import type { BootHooks } from './boot/hooks.ts';
import { createHost, type Host, type Started } from './boot/host.ts';
import { startInventoryService, startOrderService, startPaymentService } from './boot/participants.ts';
import { serverTlsFrom } from './boot/tls.ts';
import { warnOfExposure } from './boot/warn-exposed.ts';
import type { Config } from './config.ts';
import { type MetricsServer, startMetricsServer } from './observability/metrics-server.ts';
import type { Pause } from './stores/pause.ts';

type ServiceName = Config['services'][number];

/** A system that listens. */
export type Running = {
  readonly services: readonly { readonly name: string; readonly address: string }[];
  /** The gateway's, when this process runs it. `host:port`. */
  readonly http?: { readonly address: string };
  /** Of the server for `/metrics` alone, when there is one. `host:port`. */
  readonly metrics?: { readonly address: string };
  /** The pauses from before this start that still hold. Empty without a gateway. */
  readonly pauses: readonly Pause[];
  /** Stops accepting, lets what is under way end for at most `graceMs`, writes everything out. Idempotent. */
  close(graceMs: number): Promise<void>;
};

type Starter = (host: Host) => Promise<Started>;

/** In the order they start: one row starts together, and the gateway comes last, because it calls the others. */
const starters: readonly Readonly<Partial<Record<ServiceName, Starter>>>[] = [
  { order: startOrderService, inventory: startInventoryService, payment: startPaymentService },
  { gateway: startGatewayService },
];

/**
 * The composition root: starts the services of this process, each with its own port and its own database.
 *
 * @throws DatabaseError when a file cannot be used, or the system's error when a port is taken; nothing is left running
 */
export const boot = (config: Config, hooks: BootHooks = {}): Promise<Running> =>
  bootOn(createHost(config, hooks));

/**
 * Boots in a process that does nothing else and whose stderr is its log: from now on, what Node and libraries would
 * print there becomes lines of that log.
 *
 * @throws as {@link boot}
 */
export function bootProcess(config: Config): Promise<Running> {
  const host = createHost(config);
  logForeignOutput(host.logger);
  return bootOn(host);
}

async function bootOn(host: Host): Promise<Running> {
  const { config } = host;
  warnOfExposure(config, host.logger);
  const started: Started[][] = [];
  let metrics: MetricsServer | undefined;
  let closed: Promise<void> | undefined;

  /** The gateway first, because it calls the others; all of them share one grace period. */
  async function closeAll(graceMs: number): Promise<void> {
    const endsAtMs = host.now() + graceMs;
    for (const row of started.toReversed()) {
      await Promise.all(row.map((service) => service.close(Math.max(0, endsAtMs - host.now()))));
    }
    await metrics?.close();
    await host.telemetry.close();
  }

  const close = (graceMs: number): Promise<void> => {
    closed ??= closeAll(graceMs);
    return closed;
  };

  try {
    metrics = await serveMetrics(host);
    for (const row of starters) started.push(await startTogether(row, host));
  } catch (error) {
    await close(0);
    throw error;
  }
  const services = started.flat();
  const http = services.find((service) => service.httpAddress !== undefined)?.httpAddress;
  // Loading the exporter must not delay the first order.
  void host.telemetry.startExporting();
  return {
    services: services.map(({ name, address }) => ({ name, address })),
    ...(http !== undefined && { http: { address: http } }),
    pauses: services.flatMap(({ pauses = [] }) => pauses),
    ...(metrics && { metrics: { address: authorityOf(config.host, metrics.port) } }),
    close,
  };
}

async function serveMetrics({ config, telemetry }: Host): Promise<MetricsServer | undefined> {
  const { host, metricsPort: port } = config;
  if (port === undefined) return undefined;
  const tls = serverTlsFrom(config);
  return startMetricsServer({
    host,
    port,
    ...(tls && { tls }),
    text: (accept) => telemetry.exposition(accept),
  });
}

/** @throws the error of the first service that could not start, once those that could are closed */
async function startTogether(row: (typeof starters)[number], host: Host): Promise<Started[]> {
  const wanted = Object.entries(row).filter(([name]) =>
    host.config.services.some((service) => service === name),
  );
  const results = await Promise.allSettled(
    wanted.map(async ([name, start]) => {
      const service = await start(host);
      host.addresses.set(name, service.address);
      return service;
    }),
  );
  const running = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure === undefined) return running;
  for (const service of running) await service.close(0);
  throw failure.reason;
}
