import { startGatewayService } from './boot/gateway.ts';
import { createHost, type Host, type Started } from './boot/host.ts';
import { startInventoryService, startOrderService, startPaymentService } from './boot/participants.ts';
import type { Config } from './config.ts';

type ServiceName = Config['services'][number];

/** A system that listens. */
export type Running = {
  readonly services: readonly { readonly name: string; readonly address: string }[];
  /** The gateway's, when this process runs it. `host:port`. */
  readonly http?: { readonly address: string };
  /** Stops accepting, lets what is under way end for at most `graceMs`, writes everything out. Idempotent. */
  close(graceMs: number): Promise<void>;
};

/** In the order they start; the gateway comes last, because it calls the others. They stop the other way round. */
const starters: readonly (readonly [ServiceName, (host: Host) => Promise<Started>])[] = [
  ['order', startOrderService],
  ['inventory', startInventoryService],
  ['payment', startPaymentService],
  ['gateway', startGatewayService],
];

/**
 * The composition root: starts the services of this process, each with its own port and its own database.
 *
 * @throws DatabaseError when a file cannot be used, or the system's error when a port is taken; nothing is left running
 */
export async function boot(config: Config): Promise<Running> {
  const host = createHost(config);
  const started: Started[] = [];
  let closed: Promise<void> | undefined;

  async function closeAll(graceMs: number): Promise<void> {
    for (const service of started.toReversed()) await service.close(graceMs);
    await host.telemetry.close();
  }

  const close = (graceMs: number): Promise<void> => {
    closed ??= closeAll(graceMs);
    return closed;
  };

  try {
    for (const [name, start] of starters) {
      if (!config.services.includes(name)) continue;
      const service = await start(host);
      started.push(service);
      host.addresses.set(name, service.address);
    }
  } catch (error) {
    await close(0);
    throw error;
  }
  const http = started.find((service) => service.httpAddress !== undefined)?.httpAddress;
  // Loading the exporter must not delay the first order.
  void host.telemetry.startExporting();
  return {
    services: started.map(({ name, address }) => ({ name, address })),
    ...(http !== undefined && { http: { address: http } }),
    close,
  };
}
