import type { ServerMiddleware } from 'nice-grpc-common';
import { orderSaga } from '../../checkout/order-saga.ts';
import type { Clock } from '../../engine/clock.ts';
import type { Engine } from '../../engine/engine.ts';
import type { FaultControl } from '../../faults/fault-control.ts';
import type { InventoryService } from '../../gen/ordersaga/inventory/v1/inventory_pb.js';
import type { OrderService } from '../../gen/ordersaga/order/v1/order_pb.js';
import type { PaymentService } from '../../gen/ordersaga/payment/v1/payment_pb.js';
import type { RpcConnection } from '../../rpc/rpc-client.ts';
import { startRpcServer } from '../../rpc/server.ts';
import type { SagaDefinition } from '../../saga/definition.ts';
import type { ServerTls } from '../../server-tls.ts';
import type { IdempotencyCache } from '../../stores/idempotency-cache.ts';
import type { SagaLog } from '../../stores/saga-log.ts';
import { createAcceptOrder } from './accept-order.ts';
import { type Activity, createActivity } from './activity.ts';
import { createAwaitOrder } from './await-order.ts';
import { type Authenticate, anonymous } from './caller.ts';
import { createFindOrder } from './find-order.ts';
import { createEventStreams } from './http/event-streams.ts';
import type { Expose } from './http/metrics-route.ts';
import type { ExtraRoute } from './http/route.ts';
import { createRouter } from './http/router.ts';
import { routesFrom } from './http/routes.ts';
import { createServe } from './http/serve.ts';
import { startHttpServer } from './http/server.ts';
import { createWaits } from './http/waits.ts';
import { defaultLimits, type GatewayLimits } from './limits.ts';
import { createLoadSaga } from './load-saga.ts';
import { createOrderAccess } from './order-access.ts';
import { createOrderParser } from './order-request.ts';
import { createSagas } from './read-sagas.ts';
import { createReadiness } from './readiness.ts';
import { refusingUnreadable } from './refuse-unreadable.ts';
import { type RequestObserver, silentRequestObserver } from './request-observer.ts';
import { createSagaService } from './saga-service.ts';
import { createSearchSagas, type OrdersOfCustomer } from './search-sagas.ts';
import type { BooksState, Verifications } from './verifications.ts';
import { type ServiceIdentities, unknownVitals, type Vitals } from './vitals.ts';

/** Makes the ids that the gateway gives out. */
export type GatewayIds = {
  /** A UUIDv7, so that sagas sort by time. */
  sagaId(): string;
  /** Printable ASCII. */
  requestId(): string;
  /** W3C, for requests that bring none. */
  traceparent(): string;
};

/** Connections to the services that the gateway calls; their creator closes them. */
export type ParticipantConnections = {
  readonly order: RpcConnection<typeof OrderService>;
  readonly inventory: RpcConnection<typeof InventoryService>;
  readonly payment: RpcConnection<typeof PaymentService>;
};

/** What a gateway is made of; only what has no default is required. */
export type GatewayDeps = {
  /** Started and stopped by its creator; stop it after the gateway is closed. */
  readonly engine: Engine;
  readonly sagaLog: SagaLog;
  readonly idempotencyCache: IdempotencyCache;
  readonly participants: ParticipantConnections;
  readonly clock: Pick<Clock, 'now' | 'sleepUntil'>;
  readonly ids: GatewayIds;
  /** The engine's. Default: the order saga. */
  readonly definition?: SagaDefinition;
  /** Default: everyone may do everything. */
  readonly authenticate?: Authenticate;
  /** Default: none. */
  readonly observer?: RequestObserver;
  /** What the engine's observer recorded. Default: nothing, so all counts stay zero. */
  readonly activity?: Activity;
  /** Default: the books cannot be checked here, and are unknown. */
  readonly verifications?: Verifications;
  /** Default: nothing is at risk, and the books are unknown. */
  readonly vitals?: () => Vitals;
  /** Where the services are and what runs there, for operators. Default: not shown. */
  readonly services?: ServiceIdentities;
  /** Default: calls cannot be made to go wrong. */
  readonly faults?: FaultControl;
  /** Default: `/metrics` is not there. */
  readonly metrics?: Expose;
  /** E.g. `/console`. Default: none. */
  readonly extraRoutes?: readonly ExtraRoute[];
  /** Orders without an idempotency key are refused. Default false. */
  readonly requireIdempotencyKey?: boolean;
  /** Default: {@link defaultLimits}. */
  readonly limits?: Partial<GatewayLimits>;
  /** Shown in the OpenAPI document. Default `0.0.0`. */
  readonly version?: string;
  /** Default 127.0.0.1, any free port, plain text. */
  readonly http?: { readonly host?: string; readonly port?: number; readonly tls?: ServerTls };
  /** The saga service's. Default 127.0.0.1, any free port, plain text, no middleware. */
  readonly rpc?: {
    readonly host?: string;
    readonly port?: number;
    readonly tls?: ServerTls;
    readonly middleware?: readonly ServerMiddleware[];
  };
};

/** A listening gateway. */
export type RunningGateway = {
  readonly name: 'gateway';
  readonly httpPort: number;
  /** `http://host:port`. */
  readonly httpAddress: string;
  readonly sagaPort: number;
  /** `host:port` of the saga service. */
  readonly sagaAddress: string;
  /**
   * Turns not ready, takes no new connections, ends event streams, and waits for the requests in flight up to
   * `closeTimeoutMs`. Leaves the engine alone. Idempotent.
   */
  close(): Promise<void>;
};

/**
 * Opens the gateway's two ports: HTTP for the shop, gRPC for the saga service.
 *
 * @throws Error when a port is taken
 */
export async function startGateway(deps: GatewayDeps): Promise<RunningGateway> {
  const makeTraceparent = (): string => deps.ids.traceparent();
  const authenticate = deps.authenticate ?? (() => anonymous);
  const observer = deps.observer ?? silentRequestObserver(makeTraceparent);
  const limits = { ...defaultLimits, ...deps.limits };
  const streams = createEventStreams(limits);
  const waits = createWaits(limits);
  const parts = { ...useCasesFrom(deps, limits), observer, limits, streams, waits };
  const newRequestId = (): string => deps.ids.requestId();
  const serve = createServe({ authenticate, observer, newRequestId });

  const rpc = await startRpcServer({
    ...deps.rpc,
    closeTimeoutMs: limits.closeTimeoutMs,
    services: [createSagaService({ ...parts, authenticate, makeTraceparent })],
    onError: (error, { path }) => observer.trouble(error, { what: path }),
  });
  const http = await startHttpServer({
    listener: createRouter(serve, { routes: routesFrom(parts), extraRoutes: deps.extraRoutes ?? [] }),
    host: deps.http?.host ?? '127.0.0.1',
    port: deps.http?.port ?? 0,
    ...(deps.http?.tls && { tls: deps.http.tls }),
    limits,
    newRequestId,
  }).catch(async (error: unknown) => {
    await rpc.close();
    throw error;
  });

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    parts.readiness.beginShutdown();
    streams.closeAll();
    waits.endAll();
    await Promise.all([http.close(), rpc.close()]);
  };
  return {
    name: 'gateway',
    httpPort: http.port,
    httpAddress: http.address,
    sagaPort: rpc.port,
    sagaAddress: rpc.address,
    close: () => (closed ??= close()),
  };
}

/** What the gateway does, whether it is asked over HTTP or over gRPC. */
function useCasesFrom(deps: GatewayDeps, limits: GatewayLimits) {
  const { sagaLog, idempotencyCache: cache, participants, clock, ids, definition = orderSaga } = deps;
  const now = (): number => clock.now();
  const load = createLoadSaga(sagaLog, definition);
  const sagas = createSagas(sagaLog, load);
  const engine = { ...deps.engine, command: refusingUnreadable(deps.engine, sagas) };
  const orders = participants.order.client;
  const findOrder = createFindOrder(orders, sagas, definition);
  const ordersOf: OrdersOfCustomer = async ({ customerId, limit, token }) => {
    const query = { customerId, pageSize: limit, pageToken: token };
    const page = await orders.listOrders(query, { timeoutMs: limits.readTimeoutMs });
    return { ids: page.orders.map(({ id }) => id), nextToken: page.nextPageToken };
  };
  const books = (): BooksState => deps.verifications?.books() ?? 'unknown';
  return {
    definition,
    engine,
    uncheckedEngine: deps.engine,
    sagaLog,
    sagas,
    searchSagas: createSearchSagas({ sagaLog, load, ordersOf }),
    acceptOrder: createAcceptOrder({ engine, sagaLog, cache, clock, newSagaId: () => ids.sagaId(), limits }),
    orderParser: createOrderParser(limits),
    requireIdempotencyKey: deps.requireIdempotencyKey ?? false,
    findOrder,
    awaitOrder: createAwaitOrder(engine, findOrder, definition),
    access: createOrderAccess(sagaLog),
    orders,
    inventory: participants.inventory.client,
    activity: deps.activity ?? createActivity(definition, now),
    readiness: createReadiness({ engine, cache, participants, now, limits, books }),
    vitals: deps.vitals ?? (() => unknownVitals),
    services: deps.services ?? {},
    verifications: deps.verifications,
    faults: deps.faults,
    metrics: deps.metrics,
    now,
    version: deps.version ?? '0.0.0',
  };
}
