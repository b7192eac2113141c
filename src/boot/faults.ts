import type { DescService } from '@bufbuild/protobuf';
import type { ServerMiddleware } from 'nice-grpc-common';
import { type Config, faultsEnabled } from '../config.ts';
import { createFaultControl, type FaultControl } from '../faults/fault-control.ts';
import { faultMiddleware } from '../faults/fault-middleware.ts';
import type { FaultyService } from '../faults/fault-rule.ts';
import { createFaultService } from '../faults/fault-service.ts';
import { createFaultTable } from '../faults/fault-table.ts';
import { FaultService } from '../gen/ordersaga/faults/v1/faults_pb.js';
import { InventoryService } from '../gen/ordersaga/inventory/v1/inventory_pb.js';
import { OrderService } from '../gen/ordersaga/order/v1/order_pb.js';
import { PaymentService } from '../gen/ordersaga/payment/v1/payment_pb.js';
import { createRpcClient } from '../rpc/client.ts';
import type { RpcConnection } from '../rpc/rpc-client.ts';
import type { RpcService } from '../rpc/rpc-service.ts';
import { addressOf } from './connections.ts';
import type { Host } from './host.ts';
import type { OpenParts } from './open-parts.ts';
import { clientTlsFrom } from './tls.ts';

/** What a participant's server needs to have faults; nothing when they are off. */
export type FaultParts = {
  readonly middleware: readonly ServerMiddleware[];
  readonly extraServices: readonly RpcService[];
};

const services: Readonly<Record<FaultyService, DescService>> = {
  order: OrderService,
  inventory: InventoryService,
  payment: PaymentService,
};

export function faultParts(name: FaultyService, config: Config): FaultParts {
  if (!faultsEnabled(config)) return { middleware: [], extraServices: [] };
  const service = services[name];
  const table = createFaultTable(
    service.methods.filter(({ methodKind }) => methodKind === 'unary').map(({ localName }) => localName),
  );
  const { rules = [], seed = 1 } = config.faults ?? {};
  table.set(
    rules.filter((rule) => rule.service === name),
    seed,
  );
  return {
    middleware: [faultMiddleware(service.typeName, table)],
    extraServices: [createFaultService(name, table)],
  };
}

/** Reaches the faults of all participants; undefined when this process has no use for them. */
export function connectFaults(host: Host, open: OpenParts): FaultControl | undefined {
  if (!faultsEnabled(host.config)) return undefined;
  const tls = clientTlsFrom(host.config);
  const connect = (name: FaultyService): RpcConnection<typeof FaultService>['client'] => {
    const options = { service: FaultService, address: addressOf(name, host), timeoutMs: 2_000 };
    const connection = createRpcClient({ ...options, ...(tls && { tls }) });
    return open.add(connection, ({ close }) => close()).client;
  };
  return createFaultControl({
    order: connect('order'),
    inventory: connect('inventory'),
    payment: connect('payment'),
  });
}
