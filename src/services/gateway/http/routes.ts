import type { Engine } from '../../../engine/engine.ts';
import type { FaultControl } from '../../../faults/fault-control.ts';
import type { SagaDefinition } from '../../../saga/definition.ts';
import type { SagaLog } from '../../../stores/saga-log.ts';
import type { AcceptOrder } from '../accept-order.ts';
import type { Activity } from '../activity.ts';
import type { AwaitOrder } from '../await-order.ts';
import type { FindOrder } from '../find-order.ts';
import type { GatewayLimits } from '../limits.ts';
import type { OrderAccess } from '../order-access.ts';
import type { createOrderParser } from '../order-request.ts';
import type { ParticipantClients } from '../participants.ts';
import type { Sagas } from '../read-sagas.ts';
import type { Readiness } from '../readiness.ts';
import type { RequestObserver } from '../request-observer.ts';
import type { SearchSagas } from '../search-sagas.ts';
import type { Verifications } from '../verifications.ts';
import type { ServiceIdentities, Vitals } from '../vitals.ts';
import { callerRoute } from './caller-route.ts';
import { cancelRoute } from './cancel-route.ts';
import { docsRoutes } from './docs-routes.ts';
import { engineRoutes } from './engine-routes.ts';
import { eventRoutes } from './event-routes.ts';
import type { EventStreams } from './event-streams.ts';
import { explanationRoute } from './explanation-route.ts';
import { faultRoutes } from './fault-routes.ts';
import { feedRoute } from './feed-route.ts';
import { healthRoutes } from './health-routes.ts';
import { inboxRoute } from './inbox-route.ts';
import { interventionRoute } from './intervention-route.ts';
import { type Expose, metricsRoute } from './metrics-route.ts';
import { orderRoutes } from './order-routes.ts';
import { overviewRoutes } from './overview-routes.ts';
import type { Route } from './route.ts';
import { sagaListRoute } from './saga-list-route.ts';
import { sagaRoutes } from './saga-routes.ts';
import { stockRoutes } from './stock-routes.ts';
import { submitRoute } from './submit-route.ts';
import { verificationRoutes } from './verification-routes.ts';
import type { Waits } from './waits.ts';

/** Everything that the routes of a gateway are made of. */
export type RouteParts = {
  readonly definition: SagaDefinition;
  /** Refuses decisions about sagas that cannot be read. */
  readonly engine: Engine;
  /** The same without that check, for decisions about sagas that were read already. */
  readonly uncheckedEngine: Pick<Engine, 'command'>;
  readonly sagaLog: SagaLog;
  readonly sagas: Sagas;
  readonly searchSagas: SearchSagas;
  readonly acceptOrder: AcceptOrder;
  readonly orderParser: ReturnType<typeof createOrderParser>;
  readonly requireIdempotencyKey: boolean;
  readonly findOrder: FindOrder;
  readonly awaitOrder: AwaitOrder;
  readonly access: OrderAccess;
  readonly orders: ParticipantClients['order'];
  readonly inventory: ParticipantClients['inventory'];
  readonly streams: EventStreams;
  readonly waits: Waits;
  readonly activity: Activity;
  readonly readiness: Readiness;
  readonly vitals: () => Vitals;
  readonly services: ServiceIdentities;
  /** Undefined: the gateway has no routes for checks of the books. */
  readonly verifications: Verifications | undefined;
  /** Undefined: the gateway has no routes for faults. */
  readonly faults: FaultControl | undefined;
  /** Undefined: `/metrics` is not there. */
  readonly metrics: Expose | undefined;
  readonly observer: RequestObserver;
  readonly limits: GatewayLimits;
  readonly now: () => number;
  /** Of the product; shown in the OpenAPI document. */
  readonly version: string;
};

/** Every route of a gateway, and the two that describe them. */
export function routesFrom(parts: RouteParts): readonly Route[] {
  const { uncheckedEngine: engine, observer, verifications, faults, metrics, limits } = parts;
  const onFailure = (error: unknown): void => observer.trouble(error, { what: 'a bulk command' });
  const described = [
    submitRoute(parts),
    ...orderRoutes(parts),
    cancelRoute(parts),
    sagaListRoute(parts),
    // Its path would otherwise be that of a saga, whose methods are others.
    interventionRoute({ ...parts, engine, onFailure }),
    ...sagaRoutes(parts),
    inboxRoute(parts),
    explanationRoute(parts),
    callerRoute,
    ...engineRoutes(parts),
    ...eventRoutes(parts),
    feedRoute(parts),
    ...overviewRoutes(parts),
    ...stockRoutes(parts),
    ...(verifications ? verificationRoutes({ verifications, limits }) : []),
    ...(faults ? faultRoutes({ faults, limits }) : []),
    ...healthRoutes(parts.readiness),
    ...(metrics ? [metricsRoute(metrics)] : []),
  ];
  return [...described, ...docsRoutes(described, parts.version)];
}
