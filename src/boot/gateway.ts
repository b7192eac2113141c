import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { orderSaga } from '../checkout/order-saga.ts';
import type { Clock } from '../engine/clock.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Engine } from '../engine/engine.ts';
import { createTraceIds } from '../observability/trace-ids.ts';
import { defineSaga, type SagaDefinition } from '../saga/definition.ts';
import { type Activity, createActivity, observedBy } from '../services/gateway/activity.ts';
import { createParticipants } from '../services/gateway/participants.ts';
import {
  type GatewayDeps,
  type GatewayIds,
  type ParticipantConnections,
  startGateway,
} from '../services/gateway/start.ts';
import { createTokenAuthenticate } from '../services/gateway/tokens.ts';
import type { ServiceIdentities } from '../services/gateway/vitals.ts';
import type { IdempotencyCache } from '../stores/idempotency-cache.ts';
import { isAlive } from '../stores/is-alive.ts';
import { createLocalIdempotencyCache } from '../stores/memory/idempotency-cache.ts';
import { openSagaLog, type SqliteSagaLog } from '../stores/sqlite/saga-log.ts';
import { traceparentFrom } from '../trace-context.ts';
import { version } from '../version.ts';
import { startArchiving } from './archiving.ts';
import { startBooksCheck } from './books-check.ts';
import { addressOf, connectParticipants } from './connections.ts';
import { consoleRoute } from './console.ts';
import { connectFaults } from './faults.ts';
import { watchHalted } from './halted-sagas.ts';
import type { Host, Started } from './host.ts';
import { startSweep } from './idempotency-sweep.ts';
import { createOpenParts, type OpenParts } from './open-parts.ts';
import { createSagaIds } from './saga-ids.ts';
import { systemClock } from './system-clock.ts';
import { httpTlsFrom, serverTlsFrom } from './tls.ts';
import { vitalsFrom } from './vitals.ts';

/**
 * The gateway: saga log, engine, HTTP and the saga service.
 *
 * @throws the error of a part that cannot start; those that did are closed first
 */
export async function startGatewayService(host: Host): Promise<Started> {
  const open = createOpenParts(systemClock);
  try {
    return await startParts(host, open);
  } catch (error) {
    await open
      .close(0)
      .catch((failure: unknown) => host.logger.error('a part could not be closed', { error: failure }));
    throw error;
  }
}

async function startParts(host: Host, open: OpenParts): Promise<Started> {
  const { config, logger, telemetry } = host;
  const clock = systemClock;
  const observer = telemetry.engineObserver;
  const definition = definitionFrom(host);
  const sagaLog = open.add(await openLog(host), (log) => log.close());
  const idempotencyCache = open.add(await openCache(host, sagaLog), (cache) => cache.close());
  const participants = connectParticipants(host, open);
  const faults = connectFaults(host, open);
  const stop = (part: { stop(): Promise<void> }): Promise<void> => part.stop();
  const booksCheck = open.add(
    startBooksCheck({
      config,
      clock,
      clients: clientsOf(participants),
      metrics: telemetry.metrics,
      observer,
    }),
    stop,
  );
  open.add(startArchiving({ config, sagaLog, clock, logger, observer }), stop);
  open.add(startSweep({ sagaLog, clock, observer }), stop);
  const activity = createActivity(definition, () => clock.now());
  const engine = open.add(
    openEngine(host, { clock, definition, sagaLog, participants, activity }),
    // Requests under way may still use it, so it stops after the ports.
    (started, graceMs) => started.stop(graceMs),
  );
  open.add(await watchHalted({ sagaLog, definition, clock, observer }), stop);
  await engine.start();
  telemetry.watch({
    engine: () => engine.status(),
    idempotencyCache: () => idempotencyCache.state(),
  });
  const gateway = open.add(
    await startGateway({
      engine,
      sagaLog,
      idempotencyCache,
      participants,
      clock,
      definition,
      ids: createIds(),
      version,
      observer: telemetry.requestObserver,
      requireIdempotencyKey: config.requireIdempotencyKey,
      ...(config.tokens && { authenticate: createTokenAuthenticate(config.tokens.entries) }),
      ...portsOf(host),
      limits: {
        maxBodyBytes: config.bodyLimitBytes,
        maxItems: config.maxItems,
        maxQuantity: config.maxQuantity,
        idempotencyTtlMs: config.idempotencyTtlMs,
        closeTimeoutMs: host.closeTimeoutMs,
      },
      activity,
      verifications: booksCheck,
      vitals: () => vitalsFrom(telemetry, booksCheck.books()),
      services: identitiesOf(host),
      ...(faults && { faults }),
      metrics: (accept) => telemetry.exposition(accept),
      extraRoutes: [consoleRoute(config)],
    }),
    // First, so that no new orders come.
    (ports) => ports.close(),
  );
  return {
    name: 'gateway',
    address: gateway.sagaAddress,
    httpAddress: gateway.httpAddress.replace(/^https?:\/\//, ''),
    pauses: engine.status().pauses,
    close: (graceMs) => open.close(graceMs),
  };
}

const clientsOf = ({ order, inventory, payment }: ParticipantConnections) => ({
  order: order.client,
  inventory: inventory.client,
  payment: payment.client,
});

/** Where the gateway listens, and for whom. */
function portsOf({ config, telemetry }: Host): Pick<GatewayDeps, 'http' | 'rpc'> {
  const httpTls = httpTlsFrom(config);
  const serverTls = serverTlsFrom(config);
  return {
    http: { host: config.httpHost, port: config.httpPort, ...(httpTls && { tls: httpTls }) },
    rpc: {
      host: config.host,
      port: config.sagaPort,
      middleware: telemetry.rpcServer('gateway'),
      ...(serverTls && { tls: serverTls }),
    },
  };
}

function definitionFrom({ config, hooks }: Host): SagaDefinition {
  const { sagaDeadlineMs: deadlineMs, maxRecoveries } = config;
  const definition = { ...orderSaga, deadlineMs, maxRecoveries };
  return defineSaga(hooks.definition?.(definition) ?? definition);
}

const openLog = (host: Host): Promise<SqliteSagaLog> =>
  openSagaLog({
    file: host.databaseFile('saga'),
    pid: process.pid,
    host: hostname(),
    isAlive,
    onCommit: host.telemetry.onCommit('gateway'),
    onFatal: (error) => host.fatal('gateway', error),
  });

async function openCache(
  { config, logger, telemetry, now }: Host,
  { identity }: SqliteSagaLog,
): Promise<IdempotencyCache> {
  const { redisUrl } = config;
  if (redisUrl === undefined) return createLocalIdempotencyCache({ now });
  // Its driver takes a while to load and is not needed without it.
  const { createIdempotencyCache } = await import('../stores/redis/idempotency-cache.ts');
  const { idempotencyFallbacks } = telemetry.metrics;
  return createIdempotencyCache({
    now,
    redis: {
      url: redisUrl,
      namespace: `ordersaga:idem:${identity}`,
      token: randomUUID(),
      onUnknown: () => idempotencyFallbacks.add({}),
      onState: (state, reason) => logger[state === 'connected' ? 'info' : 'warn']('Redis', { state, reason }),
    },
  });
}

function openEngine(
  host: Host,
  parts: {
    readonly clock: Clock;
    readonly definition: SagaDefinition;
    readonly sagaLog: SqliteSagaLog;
    readonly participants: ReturnType<typeof connectParticipants>;
    readonly activity: Activity;
  },
): Engine {
  const { config, hooks, telemetry } = host;
  const participants = createParticipants(parts.participants);
  const { participant: hooked = (participant) => participant } = hooks;
  return createEngine({
    definition: parts.definition,
    log: hooks.sagaLog?.(parts.sagaLog) ?? parts.sagaLog,
    clock: parts.clock,
    observer: observedBy(telemetry.engineObserver, parts.activity),
    participants: Object.fromEntries(
      Object.entries(participants).map(([name, participant]) => [name, hooked(participant)]),
    ),
    owner: randomUUID(),
    everyEventDurable: config.logMode === 'every-event',
    limits: {
      maxLive: config.maxLiveSagas,
      recoveryConcurrency: config.recoveryConcurrency,
      leaseMs: config.leaseMs,
    },
  });
}

function createIds(): GatewayIds {
  const ids = createTraceIds(randomBytes);
  return {
    sagaId: createSagaIds({ now: () => Date.now(), randomBytes }),
    requestId: () => ids.traceId(),
    traceparent: () => traceparentFrom({ traceId: ids.traceId(), spanId: ids.spanId(), sampled: false }),
  };
}

/** All that is known of a service that runs elsewhere is its address. */
const identitiesOf = (host: Host): ServiceIdentities =>
  Object.fromEntries(
    (['gateway', 'order', 'inventory', 'payment'] as const).map((name) => {
      const isHere = host.config.services.includes(name);
      const address = name === 'gateway' ? undefined : addressOf(name, host);
      return [name, { ...(address !== undefined && { address }), ...(isHere && { version }) }];
    }),
  );
