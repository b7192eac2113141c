import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/boot/system-clock.ts';
import { orderSaga } from '../../../src/checkout/order-saga.ts';
import { createEngine, type EngineLimits } from '../../../src/engine/create-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { Participant } from '../../../src/engine/participant.ts';
import { InventoryService } from '../../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { OrderService } from '../../../src/gen/ordersaga/order/v1/order_pb.js';
import { PaymentService } from '../../../src/gen/ordersaga/payment/v1/payment_pb.js';
import { createRpcClient } from '../../../src/rpc/client.ts';
import type { RpcConnection } from '../../../src/rpc/rpc-client.ts';
import type { SagaDefinition } from '../../../src/saga/definition.ts';
import { createParticipants } from '../../../src/services/gateway/participants.ts';
import {
  type GatewayDeps,
  type ParticipantConnections,
  type RunningGateway,
  startGateway,
} from '../../../src/services/gateway/start.ts';
import { startInventory } from '../../../src/services/inventory/start.ts';
import { startOrder } from '../../../src/services/order/start.ts';
import type { RunningParticipant } from '../../../src/services/participant-server.ts';
import { startPayment } from '../../../src/services/payment/start.ts';
import type { IdempotencyCache } from '../../../src/stores/idempotency-cache.ts';
import { createMemorySagaLog } from '../../../src/stores/memory/saga-log.ts';
import type { SagaLog } from '../../../src/stores/saga-log.ts';
import { silentObserver } from '../../support/silent-observer.ts';
import { assertDescribed } from './described.ts';

/** A gateway with a real engine over a saga log in memory, and the three real services, all on their own ports. */
export type Shop = {
  readonly gateway: RunningGateway;
  readonly url: string;
  readonly engine: Engine;
  readonly log: SagaLog;
  readonly services: Readonly<Record<'order' | 'inventory' | 'payment', RunningParticipant>>;
  readonly connections: ParticipantConnections;
  /** Errors that clients were not told the truth about. */
  readonly troubles: unknown[];
  /** Checks every answer against the OpenAPI document of the same gateway. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Submits an order and waits until its saga is terminal. */
  settle(body: unknown): Promise<string>;
  /** Waits until a saga is terminal. */
  ended(id: string): Promise<void>;
  close(): Promise<void>;
};

export type ShopOptions = Partial<Omit<GatewayDeps, 'engine' | 'sagaLog' | 'participants' | 'clock'>> & {
  readonly log?: SagaLog;
  readonly definition?: SagaDefinition;
  readonly engineLimits?: Partial<EngineLimits>;
  /** Puts something between the engine and a participant. */
  readonly around?: (
    participants: Readonly<Record<string, Participant>>,
  ) => Readonly<Record<string, Participant>>;
  readonly seedStock?: Readonly<Record<string, number>>;
};

/** The order saga with time enough for a busy machine, so that no attempt is counted twice. */
const unhurriedSaga: SagaDefinition = {
  ...orderSaga,
  steps: orderSaga.steps.map((step) => ({ ...step, timeoutMs: 20_000 })),
};

/** Knows nothing, so that the saga log decides. */
export const unknowingCache: IdempotencyCache = {
  begin: async () => ({ kind: 'unknown' }),
  settle: async () => {},
  abandon: async () => {},
  state: () => 'local',
  close: async () => {},
};

export const ids = {
  sagaId: () => v7(),
  requestId: () => randomUUID(),
  traceparent: () => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
};

export const goodOrder = {
  customer_id: 'cust_123',
  items: [{ product_id: 'prod_1', quantity: 1, price: 50.0 }],
};

/** A shop for one test. */
export async function startShop(options: ShopOptions = {}): Promise<Shop> {
  const shop = await openShop(options);
  onTestFinished(() => shop.close());
  return shop;
}

/** A shop for all tests of a file, which starts with the first of them. */
export function shopForFile(options: ShopOptions = {}): () => Shop {
  let shop: Shop | undefined;
  beforeAll(async () => {
    shop = await openShop(options);
  });
  afterAll(() => shop?.close());
  return () => {
    if (shop === undefined) throw new Error('the shop is open only while tests run');
    return shop;
  };
}

async function openShop(options: ShopOptions): Promise<Shop> {
  const {
    log = createMemorySagaLog(),
    definition = unhurriedSaga,
    around = (same) => same,
    seedStock,
  } = options;
  const directory = mkdtempSync(join(tmpdir(), 'ordersaga-gateway-'));
  const common = { now: () => Date.now(), thread: false, onError: () => {} } as const;
  const services = {
    order: await startOrder({ ...common, file: join(directory, 'order.db') }),
    inventory: await startInventory({
      ...common,
      file: join(directory, 'inventory.db'),
      ...(seedStock && { seedStock }),
    }),
    payment: await startPayment({ ...common, file: join(directory, 'payment.db') }),
  };
  const connections = {
    order: connect(OrderService, services.order),
    inventory: connect(InventoryService, services.inventory),
    payment: connect(PaymentService, services.payment),
  };
  const engine = createEngine({
    definition,
    log,
    clock: systemClock,
    observer: silentObserver,
    participants: around(createParticipants(connections)),
    owner: 'test',
    ...(options.engineLimits && { limits: options.engineLimits }),
  });
  await engine.start();
  const troubles: unknown[] = [];
  const gateway = await startGateway({
    idempotencyCache: unknowingCache,
    ids,
    observer: {
      begin: ({ traceparent }) => ({ traceparent: traceparent ?? ids.traceparent(), end: () => {} }),
      submitted: () => {},
      trouble: (error) => troubles.push(error),
    },
    ...options,
    definition,
    engine,
    sagaLog: log,
    participants: connections,
    clock: systemClock,
  });
  const close = async (): Promise<void> => {
    await gateway.close();
    await engine.stop(0);
    for (const connection of Object.values(connections)) connection.close();
    await Promise.all(Object.values(services).map((service) => service.close()));
    await log.close();
    rmSync(directory, { recursive: true });
  };
  const url = gateway.httpAddress;
  const send = async (path: string, init?: RequestInit): Promise<Response> => {
    const response = await fetch(url + path, init);
    await assertDescribed(url, { method: init?.method ?? 'GET', path, response });
    return response;
  };
  const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    send(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const ended = async (id: string): Promise<void> => {
    for await (const _ of engine.watch(id, 0, AbortSignal.timeout(20_000)));
  };
  const settle = async (body: unknown): Promise<string> => {
    const response = await post('/orders', body);
    const { id } = (await response.json()) as { id: string };
    await ended(id);
    return id;
  };
  return {
    gateway,
    url,
    engine,
    log,
    services,
    connections,
    troubles,
    fetch: send,
    post,
    settle,
    ended,
    close,
  };
}

function connect<S extends typeof OrderService | typeof InventoryService | typeof PaymentService>(
  service: S,
  { address }: { readonly address: string },
): RpcConnection<S> {
  return createRpcClient({ service, address, timeoutMs: 5_000 });
}

/** A problem's members that tests look at. */
export type ProblemBody = {
  readonly status: number;
  readonly error: string;
  readonly message: string;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly trace_id: string;
  readonly request_id: string;
};

export const problemOf = async (response: Response): Promise<ProblemBody> => {
  if (response.headers.get('content-type') !== 'application/problem+json')
    throw new Error(`${response.status} is no problem: ${await response.text()}`);
  return (await response.json()) as ProblemBody;
};
