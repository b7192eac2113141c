import { z } from 'zod';
import type { BulkAnswer, BulkCommand, BulkResultAnswer } from '../../../contract/decisions.ts';
import type { Choice } from '../../../saga/command.ts';
import type { AnswerOf, RequestOf } from '../agreement.ts';
import { operatorName } from '../caller.ts';
import { byHandPart, byHandSchema, foretoldSchema, viewFromForetold } from '../foretold-view.ts';
import { createInterventions, type InterventionDeps, type InterventionResult } from '../interventions.ts';
import type { GatewayLimits } from '../limits.ts';
import { printableText } from '../printable-text.ts';
import { sagaStatuses } from '../saga-view.ts';
import { maxLooked } from '../select-sagas.ts';
import { commandSchema } from './command-body.ts';
import { Problem } from './problem.ts';
import { bodyProblems, parseBody, readJson } from './read-body.ts';
import { json, jsonBody, jsonResponse, type Route } from './route.ts';

const maxSagas = 500;

const filterSchema = z
  .strictObject({
    ids: z.array(z.uuid().toLowerCase()).min(1).max(maxSagas).optional(),
    status: z
      .enum(['halted', 'running'])
      .optional()
      .meta({ description: 'Default `halted`, unless `ids` are given: then any.' }),
    step: printableText(64).optional().meta({ description: 'The step at hand.' }),
    cause: printableText(64)
      .optional()
      .meta({ description: 'Code of what halted it, or of what turned it back.' }),
    error: printableText(64).optional().meta({ description: 'Code of the last error of that step.' }),
  })
  .refine((filter) => Object.values(filter).some((one) => one !== undefined), {
    error: 'must name at least one of ids, status, step, cause and error',
  })
  .meta({ id: 'SagaFilter' });

const bodySchema = commandSchema
  .extend({
    kind: z.enum(['retry', 'skip', 'cancel']),
    step: printableText(64).optional().meta({
      description: 'For `skip`, and required there: sagas that halted on another step are refused.',
    }),
    filter: filterSchema,
    dry_run: z.boolean().default(false).meta({ description: 'Only say what would happen.' }),
    limit: z.int().min(1).max(maxSagas).default(maxSagas),
  })
  .meta({ id: 'BulkCommand' });

const resultSchema = z.object({
  id: z.uuid(),
  result: z.enum(['done', 'allowed', 'refused', 'elsewhere', 'not_found', 'failed']),
  why: z.string().optional().meta({ description: 'Why it was refused, or would be.' }),
  status: z.enum(sagaStatuses).optional().meta({
    description: 'Status after the decision; in a dry run, the status it leads to if every call succeeds.',
  }),
  by_hand: byHandSchema,
  calls: z.array(foretoldSchema).optional().meta({ description: 'In a dry run: what would be done.' }),
});

const outcomeSchema = z
  .object({
    kind: z.enum(['retry', 'skip', 'cancel']),
    dry_run: z.boolean(),
    counts: z.record(resultSchema.shape.result, z.int()),
    results: z.array(resultSchema),
    has_more: z.boolean().meta({
      description: `Whether further sagas match, or may match: more than \`limit\` do, or there are more than ${maxLooked} to look through. Repeat the request for the next ones; when \`results\` is empty, only \`ids\` reach them.`,
    }),
  })
  .meta({ id: 'BulkOutcome' });

type OutcomeView = AnswerOf<BulkAnswer, z.infer<typeof outcomeSchema>>;
/** What a client may write; `bodySchema` fills in the defaults. */
type BodyView = RequestOf<BulkCommand, z.input<typeof bodySchema>>;

export type InterventionRouteDeps = InterventionDeps & {
  readonly limits: Pick<GatewayLimits, 'maxBodyBytes'>;
};

/** One decision about many sagas, or about what it would do to them. */
export function interventionRoute(deps: InterventionRouteDeps): Route {
  const intervene = createInterventions(deps);
  return {
    method: 'post',
    path: '/sagas/commands',
    scope: 'sagas:operate',
    problems: bodyProblems,
    operation: {
      operationId: 'commandSagas',
      summary: 'Decide about many sagas at once, or preview that',
      description: `Each saga is decided about on its own and has its own result. At most ${maxSagas} in one call, from the ${maxLooked} newest with the status.`,
      tags: ['Sagas'],
      requestBody: jsonBody(bodySchema),
      responses: { '200': jsonResponse('The result for each saga.', outcomeSchema) },
    },
    async handle(exchange) {
      const body = parseBody(bodySchema, await readJson(exchange.request, deps.limits.maxBodyBytes));
      const { results, hasMore } = await intervene({
        choice: choiceFrom(body),
        filter: body.filter,
        by: operatorName(exchange.caller, body.operator),
        reason: body.reason,
        dryRun: body.dry_run,
        limit: body.limit,
      });
      const views = results.map(viewFromResult);
      const outcome: OutcomeView = {
        kind: body.kind,
        dry_run: body.dry_run,
        counts: countsOf(views),
        results: views,
        has_more: hasMore,
      };
      return json(200, outcome);
    },
  };
}

/** @throws Problem `invalid_request` */
function choiceFrom({ kind, step }: Pick<BodyView, 'kind' | 'step'>): Choice {
  if (kind === 'skip') {
    if (step !== undefined) return { kind, step };
    throw invalid({ pointer: '#/step', detail: 'is required for skip' });
  }
  if (step === undefined) return { kind };
  throw invalid({ pointer: '#/step', detail: 'is for skip only; to select by step, use filter.step' });
}

const invalid = (issue: { readonly pointer: string; readonly detail: string }): Problem =>
  new Problem('invalid_request', { errors: [issue] });

type ResultView = AnswerOf<BulkResultAnswer, z.infer<typeof resultSchema>>;

function viewFromResult(result: InterventionResult): ResultView {
  const { id } = result;
  switch (result.result) {
    case 'done':
      return { id, result: 'done', status: result.status };
    case 'allowed': {
      const { input } = result.saga;
      const calls = result.calls.map((call) => viewFromForetold(call, input));
      return { id, result: 'allowed', status: result.status, ...byHandPart(result), calls };
    }
    case 'notFound':
      return { id, result: 'not_found' };
    case 'refused':
    case 'elsewhere':
    case 'failed':
      return { id, result: result.result, why: result.why };
  }
}

function countsOf(results: readonly ResultView[]): Record<ResultView['result'], number> {
  const counts = { done: 0, allowed: 0, refused: 0, elsewhere: 0, not_found: 0, failed: 0 };
  for (const { result } of results) counts[result] += 1;
  return counts;
}
