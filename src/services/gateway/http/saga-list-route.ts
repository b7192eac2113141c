import { z } from 'zod';
import type { SagaPage } from '../../../contract/sagas.ts';
import { RpcError } from '../../../rpc/rpc-error.ts';
import type { SagaDefinition } from '../../../saga/definition.ts';
import type { SagaLog } from '../../../stores/saga-log.ts';
import type { AnswerOf } from '../agreement.ts';
import type { GatewayLimits } from '../limits.ts';
import { sagaStatuses, sagaSummarySchema, summaryFromSaga } from '../saga-view.ts';
import { type SearchSagas, UnknownCursor } from '../search-sagas.ts';
import { ownerUnavailable } from './order-lookup.ts';
import { cursorParameter, limitParameter, parseQuery, unknownCursor } from './read-query.ts';
import { json, jsonResponse, type Route } from './route.ts';

export type SagaListDeps = {
  readonly definition: SagaDefinition;
  readonly searchSagas: SearchSagas;
  readonly sagaLog: Pick<SagaLog, 'counts'>;
  readonly limits: Pick<GatewayLimits, 'maxIdLength'>;
};

const sagaPageSchema = z
  .object({
    sagas: z.array(sagaSummarySchema),
    next_cursor: z.string().optional(),
    looked: z.int().meta({ description: 'How many sagas were looked at for this page.' }),
    counts: z
      .record(z.enum(sagaStatuses), z.int())
      .meta({ description: 'All sagas in each status, archived ones included.' }),
  })
  .meta({ id: 'SagaPage' });

type SagaPageView = AnswerOf<SagaPage, z.infer<typeof sagaPageSchema>>;

const timeError = 'must be a time like 2026-01-31T03:00:00Z';
const time = z.iso.datetime({ offset: true, error: timeError }).optional();

/** The list of sagas, with everything that an operator looks for them by. */
export function sagaListRoute({ definition, searchSagas, sagaLog, limits }: SagaListDeps): Route {
  const id = z.string().min(1).max(limits.maxIdLength).optional();
  const query = z.strictObject({
    status: z.enum(sagaStatuses).optional(),
    step: z
      .enum(definition.steps.map(({ name }) => name))
      .optional()
      .meta({ description: 'The step at hand, so of unfinished sagas only.' }),
    reason: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .meta({ description: 'Code of what turned it back or halted it.' }),
    customer_id: id,
    product_id: id,
    from: time.meta({ description: 'Accepted at this time or later.' }),
    until: time.meta({ description: 'Accepted before this time.' }),
    q: id.meta({
      description:
        'An id or its first eight or more characters, a trace id, or a part of a customer or product id.',
    }),
    limit: limitParameter,
    cursor: cursorParameter,
  });
  return {
    method: 'get',
    path: '/sagas',
    scope: 'sagas:read',
    problems: ['invalid_parameter', 'owner_unavailable'],
    operation: {
      operationId: 'listSagas',
      summary: 'Find sagas, newest first',
      description:
        '`status=halted` lists those that wait for a person. `status`, `step`, `customer_id`, times and ids are indexed. Other filters look through what those leave, a few thousand sagas a page: a page may hold few sagas, or none, and still have a `next_cursor` that goes on. Archived sagas (`--retention`) are not listed; ask for one by its id.',
      tags: ['Sagas'],
      requestParams: { query },
      responses: { '200': jsonResponse('A page of sagas.', sagaPageSchema) },
    },
    async handle({ request }) {
      const { customer_id, product_id, from, until, q, ...rest } = parseQuery(query, request.url);
      const search = {
        ...rest,
        customerId: customer_id,
        productId: product_id,
        text: q,
        fromMs: from === undefined ? undefined : Date.parse(from),
        untilMs: until === undefined ? undefined : Date.parse(until),
      };
      const [page, counts] = await Promise.all([searchSagas(search).catch(problemFrom), sagaLog.counts()]);
      const body: SagaPageView = {
        sagas: page.sagas.map((saga) => summaryFromSaga(definition, saga, 'operator')),
        ...(page.next !== undefined && { next_cursor: page.next }),
        looked: page.looked,
        counts,
      };
      return json(200, body);
    },
  };
}

/** Pages of a customer's sagas go on where the order service says, so their cursor is for that service to understand. */
function problemFrom(thrown: unknown): never {
  if (thrown instanceof UnknownCursor) throw unknownCursor();
  if (!(thrown instanceof RpcError)) throw thrown;
  throw thrown.code === 'INVALID_ARGUMENT' ? unknownCursor() : ownerUnavailable(thrown, 'order');
}
