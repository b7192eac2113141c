import { minorAtMost } from '../checkout/money.ts';
import type { FaultyService } from '../faults/fault-rule.ts';
import { startInventory } from '../services/inventory/start.ts';
import { startOrder } from '../services/order/start.ts';
import type { ParticipantOptions, RunningParticipant } from '../services/participant-server.ts';
import { startPayment } from '../services/payment/start.ts';
import { faultParts } from './faults.ts';
import type { Host, Started } from './host.ts';
import { serverTlsFrom } from './tls.ts';

export const startOrderService = async (host: Host): Promise<Started> =>
  startedFrom(await startOrder(participantOptions(host, 'order', host.config.orderPort)));

export const startInventoryService = async (host: Host): Promise<Started> => {
  const { inventoryPort, seedStock } = host.config;
  return startedFrom(
    await startInventory({ ...participantOptions(host, 'inventory', inventoryPort), seedStock }),
  );
};

export const startPaymentService = async (host: Host): Promise<Started> => {
  const { paymentPort, paymentLimit } = host.config;
  // The same number in every currency: 500.00 dollars, 500 yen.
  const limitMinorOf = (currency: string): number => minorAtMost(paymentLimit, currency);
  return startedFrom(
    await startPayment({ ...participantOptions(host, 'payment', paymentPort), limitMinorOf }),
  );
};

function participantOptions(host: Host, name: FaultyService, port: number): ParticipantOptions {
  const { config, logger, telemetry, now } = host;
  const tls = serverTlsFrom(config);
  const faults = faultParts(name, config);
  return {
    host: config.host,
    port,
    ...(tls && { tls }),
    file: host.databaseFile(name),
    closeTimeoutMs: host.closeTimeoutMs,
    now,
    // Inside the telemetry, so that it records what the caller will see.
    middleware: [...telemetry.rpcServer(name), ...faults.middleware],
    extraServices: faults.extraServices,
    onCommit: telemetry.onCommit(name),
    onError: (error, { path }) => logger.error('a call failed inside', { service: name, path, error }),
    onFatal: (error) => host.fatal(name, error),
  };
}

const startedFrom = ({ name, address, close }: RunningParticipant): Started => ({
  name,
  address,
  close: () => close(),
});
