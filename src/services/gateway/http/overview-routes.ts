import { z } from 'zod';
import { decimalFromMinor } from '../../../checkout/money.ts';
import type { OverviewAnswer, ServicesAnswer } from '../../../contract/overview.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { SagaLog } from '../../../stores/saga-log.ts';
import type { Activity } from '../activity.ts';
import type { AnswerOf } from '../agreement.ts';
import { isoFrom } from '../iso-time.ts';
import type { Readiness } from '../readiness.ts';
import type { ActivityCounts, Quantiles, RecentQuery } from '../recent-activity.ts';
import { sagaStatuses } from '../saga-view.ts';
import type { ServiceIdentities, Vitals } from '../vitals.ts';
import { breakerSchema, pauseSchema, pauseView } from './engine-routes.ts';
import { booksSchema, cacheSchema, healthSchema, logSchema } from './health-routes.ts';
import { parseQuery } from './read-query.ts';
import { json, jsonResponse, type Route } from './route.ts';

export type OverviewRouteDeps = {
  readonly engine: Pick<Engine, 'status'>;
  readonly sagaLog: Pick<SagaLog, 'counts'>;
  readonly activity: Pick<Activity, 'ledger'>;
  readonly readiness: Readiness;
  readonly vitals: () => Vitals;
  readonly services: ServiceIdentities;
  readonly now: () => number;
};

const counted = {
  accepted: z.int(),
  confirmed: z.int(),
  cancelled: z.int().meta({ description: 'Undone completely.' }),
  turned_back: z.int().meta({ description: 'Began to compensate.' }),
  halted: z.int(),
};
const quantiles = {
  p50_ms: z.number().optional(),
  p99_ms: z.number().optional(),
};

const overviewSchema = z
  .object({
    now: z.iso.datetime(),
    counts: z.record(z.enum(sagaStatuses), z.int()),
    recent: z
      .object({
        since: z.iso.datetime(),
        ...counted,
        to_confirm: z.object(quantiles).meta({ description: 'From acceptance to confirmation.' }),
        point_ms: z.int(),
        points: z.array(z.object({ at: z.iso.datetime(), ...counted, ...quantiles })),
      })
      .meta({ description: 'Counted by this process; gone when it ends.' }),
    money_at_risk: z
      .array(z.object({ currency: z.string(), amount: z.number() }))
      .meta({ description: 'Taken, or perhaps taken, for orders that are not finished.' }),
    units_held: z.int(),
    oldest_unfinished_ms: z.number().optional(),
    books: booksSchema.meta({
      description: 'What the last check of the books found; `unknown` when none was made since the start.',
    }),
    engine: z.object({
      accepting: z.boolean(),
      live: z.int(),
      max_live: z.int(),
      pauses: z.array(pauseSchema).meta({ description: 'Pauses in force, oldest first.' }),
    }),
    log: logSchema,
    idempotency_cache: cacheSchema,
    participants: z.record(z.string(), z.object({ health: healthSchema, breaker: breakerSchema })),
  })
  .meta({ id: 'Overview' });

const servicesSchema = z
  .object({
    window_ms: z.int(),
    services: z.array(
      z.object({
        name: z.string(),
        address: z.string().optional(),
        version: z.string().optional().meta({ description: 'Absent when it runs elsewhere.' }),
        health: healthSchema,
        breaker: breakerSchema.optional(),
        calls: z.int().optional().meta({ description: 'Ended attempts in the window.' }),
        failed: z.int().optional().meta({ description: 'How many of these brought no answer.' }),
        ...quantiles,
      }),
    ),
  })
  .meta({ id: 'Services' });

type OverviewView = AnswerOf<OverviewAnswer, z.infer<typeof overviewSchema>>;
type ServicesView = AnswerOf<ServicesAnswer, z.infer<typeof servicesSchema>>;

const windows = {
  '15m': { points: 90, pointMs: 10_000 },
  '1h': { points: 60, pointMs: 60_000 },
} as const satisfies Record<string, RecentQuery>;
const servicesWindow: RecentQuery = { points: 15, pointMs: 60_000 };

const query = z.strictObject({ window: z.enum(['15m', '1h']).default('15m') });

/** The routes that tell how the whole system is doing. */
export const overviewRoutes = (deps: OverviewRouteDeps): readonly Route[] => [overview(deps), services(deps)];

function overview({ engine, sagaLog, activity, readiness, vitals, now }: OverviewRouteDeps): Route {
  return {
    method: 'get',
    path: '/overview',
    scope: 'sagas:read',
    problems: ['invalid_parameter'],
    operation: {
      operationId: 'getOverview',
      summary: 'Read the state of the whole system',
      tags: ['Sagas'],
      requestParams: { query },
      responses: { '200': jsonResponse('The overview.', overviewSchema) },
    },
    async handle({ request }) {
      const { pointMs, ...window } = windows[parseQuery(query, request.url).window];
      const [counts, { checks }] = await Promise.all([sagaLog.counts(), readiness.check()]);
      const { accepting, live, maxLive, breakers, pauses } = engine.status();
      const recent = activity.ledger.recent({ ...window, pointMs });
      const { moneyAtRisk, unitsHeld, oldestUnfinishedMs, books } = vitals();
      const body: OverviewView = {
        now: isoFrom(now()),
        counts,
        recent: {
          since: isoFrom(recent.sinceMs),
          ...countsView(recent.counts),
          to_confirm: quantilesView(recent.toConfirm),
          point_ms: pointMs,
          points: recent.points.map((point) => ({
            at: isoFrom(point.atMs),
            ...countsView(point),
            ...quantilesView(point),
          })),
        },
        money_at_risk: moneyAtRisk.map(({ currency, amountMinor }) => ({
          currency,
          amount: decimalFromMinor(amountMinor, currency),
        })),
        units_held: unitsHeld,
        ...(oldestUnfinishedMs !== undefined && { oldest_unfinished_ms: oldestUnfinishedMs }),
        books,
        engine: {
          accepting,
          live,
          max_live: maxLive,
          pauses: pauses.map(pauseView),
        },
        log: checks.log,
        idempotency_cache: checks.idempotency_cache,
        participants: Object.fromEntries(
          participantNames.map((name) => [
            name,
            { health: checks[name], breaker: breakers[name] ?? 'closed' },
          ]),
        ),
      };
      return json(200, body);
    },
  };
}

const participantNames = ['order', 'inventory', 'payment'] as const;

function services(deps: OverviewRouteDeps): Route {
  return {
    method: 'get',
    path: '/services',
    scope: 'sagas:read',
    problems: [],
    operation: {
      operationId: 'listServices',
      summary: 'List the services and how they answer',
      description: 'Latency and failures are those of calls that sagas made.',
      tags: ['Health'],
      responses: { '200': jsonResponse('The services.', servicesSchema) },
    },
    async handle() {
      const { checks } = await deps.readiness.check();
      const { breakers } = deps.engine.status();
      const { participants } = deps.activity.ledger.recent(servicesWindow);
      const body: ServicesView = {
        window_ms: servicesWindow.points * servicesWindow.pointMs,
        services: [
          {
            name: 'gateway',
            ...deps.services.gateway,
            health: checks.log === 'writable' && checks.shutdown === 'no' ? 'serving' : 'notServing',
          },
          ...participantNames.map((name) => {
            const { calls = 0, failed = 0, ...measured } = participants.get(name) ?? {};
            return {
              name,
              ...deps.services[name],
              health: checks[name],
              breaker: breakers[name] ?? 'closed',
              calls,
              failed,
              ...quantilesView(measured),
            };
          }),
        ],
      };
      return json(200, body);
    },
  };
}

const countsView = ({ accepted, confirmed, cancelled, turnedBack, halted }: ActivityCounts) => ({
  accepted,
  confirmed,
  cancelled,
  turned_back: turnedBack,
  halted,
});

const quantilesView = ({ p50Ms, p99Ms }: Quantiles) => ({
  ...(p50Ms !== undefined && { p50_ms: p50Ms }),
  ...(p99Ms !== undefined && { p99_ms: p99Ms }),
});
