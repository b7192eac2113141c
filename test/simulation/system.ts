/**
 * The product's modules that a simulation runs. They are imported by URL and not by name, so that a worker can run a
 * deliberately broken copy of them while the harness and the checker stay what they are.
 */
export type System = Awaited<ReturnType<typeof loadSystem>>;

const source = new URL('../../src/', import.meta.url);

/** @param query appended to every URL; `?defect=NAME` selects a broken copy, see `defect-hooks.ts` */
export async function loadSystem(query = '') {
  const load = <Module>(path: string): Promise<Module> => import(new URL(path + query, source).href);
  const [
    engine,
    saga,
    disk,
    log,
    executor,
    batches,
    migrations,
    serverError,
    rpcError,
    metadata,
    invariants,
  ] = await Promise.all([
    load<typeof import('../../src/engine/create-engine.ts')>('engine/create-engine.ts'),
    load<typeof import('../../src/checkout/order-saga.ts')>('checkout/order-saga.ts'),
    load<typeof import('../../src/stores/memory/saga-disk.ts')>('stores/memory/saga-disk.ts'),
    load<typeof import('../../src/stores/memory/saga-log.ts')>('stores/memory/saga-log.ts'),
    load<typeof import('../../src/stores/sqlite/executor.ts')>('stores/sqlite/executor.ts'),
    load<typeof import('../../src/stores/sqlite/batches.ts')>('stores/sqlite/batches.ts'),
    load<typeof import('../../src/stores/sqlite/migrations.ts')>('stores/sqlite/migrations.ts'),
    load<typeof import('../../src/rpc/server-error.ts')>('rpc/server-error.ts'),
    load<typeof import('../../src/rpc/rpc-error.ts')>('rpc/rpc-error.ts'),
    load<typeof import('../../src/rpc/metadata.ts')>('rpc/metadata.ts'),
    load<typeof import('../../src/verify/invariants.ts')>('verify/invariants.ts'),
  ]);
  const [
    participants,
    accept,
    orderStore,
    orderService,
    inventoryStore,
    inventoryService,
    paymentStore,
    paymentService,
  ] = await Promise.all([
    load<typeof import('../../src/services/gateway/participants.ts')>('services/gateway/participants.ts'),
    load<typeof import('../../src/services/gateway/accept-order.ts')>('services/gateway/accept-order.ts'),
    load<typeof import('../../src/services/order/order-store.ts')>('services/order/order-store.ts'),
    load<typeof import('../../src/services/order/service.ts')>('services/order/service.ts'),
    load<typeof import('../../src/services/inventory/inventory-store.ts')>(
      'services/inventory/inventory-store.ts',
    ),
    load<typeof import('../../src/services/inventory/service.ts')>('services/inventory/service.ts'),
    load<typeof import('../../src/services/payment/payment-store.ts')>('services/payment/payment-store.ts'),
    load<typeof import('../../src/services/payment/service.ts')>('services/payment/service.ts'),
  ]);
  return {
    /** From the same copy: a mistake in the core that the checker shares must be found by what the books say. */
    checkInvariants: invariants.checkInvariants,
    createEngine: engine.createEngine,
    orderSaga: saga.orderSaga,
    createSagaDisk: disk.createSagaDisk,
    headOf: disk.headOf,
    createMemorySagaLog: log.createMemorySagaLog,
    createExecutor: executor.createExecutor,
    createBatches: batches.createBatches,
    migrate: migrations.migrate,
    serverError,
    rpcError,
    metadata,
    createParticipants: participants.createParticipants,
    createAcceptOrder: accept.createAcceptOrder,
    orderProgram: orderStore.program,
    createOrderService: orderService.createOrderService,
    inventoryProgram: inventoryStore.program,
    createInventoryService: inventoryService.createInventoryService,
    paymentProgram: paymentStore.program,
    createPaymentService: paymentService.createPaymentService,
  };
}
