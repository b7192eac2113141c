import type { CallContext } from 'nice-grpc-common';
import { InventoryService } from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { SagaService } from '../../src/gen/ordersaga/saga/v1/saga_pb.js';
import { defineRpcService, type RpcImplementation, type RpcService } from '../../src/rpc/rpc-service.ts';
import { type RpcServer, type RpcServerOptions, startRpcServer } from '../../src/rpc/server.ts';
import { notFound } from '../../src/rpc/server-error.ts';

type Inventory = RpcImplementation<typeof InventoryService>;
type Sagas = RpcImplementation<typeof SagaService>;

export const orderId = '0190a5b0-7d5c-7c3e-8f00-000000000001';

const unexpected = () => Promise.reject(new Error('this test does not expect the call'));

/** InventoryService of which a test gives only the methods that it calls. */
export const inventoryService = (methods: Partial<Inventory> = {}): RpcService =>
  defineRpcService(InventoryService, {
    reserve: async ({ orderId, items }) => ({ result: { case: 'reservation', value: { orderId, items } } }),
    release: unexpected,
    getReservation: ({ orderId }) => Promise.reject(notFound(`no reservation of order ${orderId}`)),
    listReservations: unexpected,
    listStock: async () => ({ stock: [] }),
    setStock: async ({ productId, available }) => ({ stock: { productId, available } }),
    ...methods,
  });

/** SagaService of which only the stream exists. */
export const sagaService = (watchSaga: Sagas['watchSaga']): RpcService =>
  defineRpcService(SagaService, {
    submitOrder: unexpected,
    getSaga: unexpected,
    listSagas: unexpected,
    cancelSaga: unexpected,
    retrySaga: unexpected,
    skipStep: unexpected,
    previewCommand: unexpected,
    getEngine: unexpected,
    pauseEngine: unexpected,
    resumeEngine: unexpected,
    watchSaga,
  });

/** Starts a server; errors that it hides from callers end up in `hidden`. */
export async function startServer(
  options: Partial<RpcServerOptions> = {},
): Promise<RpcServer & { readonly hidden: unknown[] }> {
  const hidden: unknown[] = [];
  const server = await startRpcServer({
    services: [inventoryService()],
    onError: (error) => hidden.push(error),
    ...options,
  });
  return { ...server, hidden };
}

/** Resolves when the call's signal aborts. */
export const aborted = ({ signal }: CallContext): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** What a promise was rejected with; fails when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const value = await promise.then(
    () => undefined,
    (thrown: unknown) => ({ thrown }),
  );
  if (value === undefined) throw new Error('expected a rejection');
  return value.thrown;
}
