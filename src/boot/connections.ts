import type { DescService } from '@bufbuild/protobuf';
import type { Config } from '../config.ts';
import { InventoryService } from '../gen/ordersaga/inventory/v1/inventory_pb.js';
import { OrderService } from '../gen/ordersaga/order/v1/order_pb.js';
import { PaymentService } from '../gen/ordersaga/payment/v1/payment_pb.js';
import { createRpcClient } from '../rpc/client.ts';
import { createHopClient } from '../rpc/hop-client.ts';
import type { RpcConnection } from '../rpc/rpc-client.ts';
import type { ParticipantConnections } from '../services/gateway/start.ts';
import type { Host } from './host.ts';
import type { OpenParts } from './open-parts.ts';
import { clientTlsFrom } from './tls.ts';

type ParticipantName = keyof ParticipantConnections;

// Every call of a saga brings its own deadline; this is for the others.
const timeoutMs = 2_000;

/** Where the gateway finds a participant: the given address, the one of this process, or the default port. */
export function addressOf(name: ParticipantName, { config, addresses }: Host): string {
  const given = { order: config.orderAddr, inventory: config.inventoryAddr, payment: config.paymentAddr };
  const port = portOf(name, config);
  return given[name] ?? addresses.get(name) ?? `127.0.0.1:${port}`;
}

const portOf = (name: ParticipantName, config: Config): number =>
  ({ order: config.orderPort, inventory: config.inventoryPort, payment: config.paymentPort })[name];

/**
 * Connections to the three participants; they connect at once and reconnect by themselves.
 *
 * @throws Error when a certificate or a key cannot be used
 */
export function connectParticipants(host: Host, open: OpenParts): ParticipantConnections {
  function connect<S extends DescService>(name: ParticipantName, service: S): RpcConnection<S> {
    const tls = clientTlsFrom(host.config);
    const options = {
      service,
      timeoutMs,
      address: addressOf(name, host),
      ...(tls && { tls }),
      middleware: host.telemetry.rpcClient('gateway'),
    };
    const connection = host.config.hops === 'stream' ? createHopClient(options) : createRpcClient(options);
    return open.add(connection, ({ close }) => close());
  }

  const order = connect('order', OrderService);
  const inventory = connect('inventory', InventoryService);
  const payment = connect('payment', PaymentService);
  // Asks each once, so that the first order does not wait for sockets to open.
  for (const connection of [order, inventory, payment]) void connection.checkHealth(timeoutMs);
  return { order, inventory, payment };
}
