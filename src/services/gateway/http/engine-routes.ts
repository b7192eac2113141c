import { z } from 'zod';
import type { EngineAnswer, PauseAnswer, PauseRequest } from '../../../contract/engine.ts';
import type { Engine, EngineStatus } from '../../../engine/engine.ts';
import type { AnswerOf, RequestOf } from '../agreement.ts';
import { operatorName } from '../caller.ts';
import { isoFrom } from '../iso-time.ts';
import type { GatewayLimits } from '../limits.ts';
import { printableText } from '../printable-text.ts';
import { commandSchema } from './command-body.ts';
import { Problem } from './problem.ts';
import { bodyProblems, parseBody, readJson } from './read-body.ts';
import { json, jsonBody, jsonResponse, type Route } from './route.ts';

/** Calls that a person holds back. */
export const pauseSchema = z
  .object({
    participant: z.string().optional().meta({ description: 'Absent: calls to all participants.' }),
    by: z.string(),
    reason: z.string(),
    since: z.iso.datetime(),
  })
  .meta({ id: 'Pause' });

/** The circuit breaker in front of a participant. */
export const breakerSchema = z.enum(['closed', 'open', 'half-open']);

const engineSchema = z
  .object({
    paused: z.boolean().meta({ description: 'Whether all calls are held back.' }),
    pauses: z.array(pauseSchema).meta({ description: 'Pauses in force, oldest first.' }),
    accepting: z.boolean(),
    live: z.int().meta({ description: 'Sagas that this process drives now, held ones included.' }),
    max_live: z.int().meta({ description: 'Live sagas above which orders are refused.' }),
    breakers: z.record(z.string(), breakerSchema),
  })
  .meta({ id: 'Engine' });

const requestSchema = commandSchema
  .extend({
    participant: printableText(64)
      .optional()
      .meta({ description: 'Only the calls to this participant; all calls when absent.' }),
  })
  .meta({ id: 'PauseRequest' });

type PauseView = AnswerOf<PauseAnswer, z.infer<typeof pauseSchema>>;
type EngineView = AnswerOf<EngineAnswer, z.infer<typeof engineSchema>>;
type RequestBody = RequestOf<PauseRequest, z.infer<typeof requestSchema>>;

const theEngine = {
  '200': jsonResponse('The engine.', engineSchema),
};

export type EngineRouteDeps = {
  readonly engine: Pick<Engine, 'status' | 'pause' | 'resume'>;
  readonly limits: Pick<GatewayLimits, 'maxBodyBytes'>;
};

/** The routes that show the engine, and hold and release its calls. */
export function engineRoutes(deps: EngineRouteDeps): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/engine',
      scope: 'sagas:read',
      problems: [],
      operation: {
        operationId: 'getEngine',
        summary: 'Read how the engine is doing',
        tags: ['Engine'],
        responses: theEngine,
      },
      handle: () => json(200, viewFromStatus(deps.engine.status())),
    },
    switchRoute(deps, {
      verb: 'pause',
      summary: 'Pause all calls, or those to one participant',
      description:
        'For maintenance of a participant. Orders are still accepted, up to the limit on live sagas, and wait. Calls under way end. Deadlines keep running: an order whose deadline passes turns back. A pause outlives restarts and holds for every process that shares the saga log.',
    }),
    switchRoute(deps, {
      verb: 'resume',
      summary: 'Resume calls',
      description:
        'Ends only the pause that it names: resuming all calls does not end the pause of one participant.',
    }),
  ];
}

function switchRoute(
  { engine, limits }: EngineRouteDeps,
  told: { readonly verb: 'pause' | 'resume'; readonly summary: string; readonly description: string },
): Route {
  return {
    method: 'post',
    path: `/engine/${told.verb}`,
    scope: 'sagas:operate',
    problems: bodyProblems,
    operation: {
      operationId: `${told.verb}Engine`,
      summary: told.summary,
      description: told.description,
      tags: ['Engine'],
      requestBody: jsonBody(requestSchema),
      responses: theEngine,
    },
    async handle(exchange) {
      const body: RequestBody = parseBody(
        requestSchema,
        await readJson(exchange.request, limits.maxBodyBytes),
      );
      const { participant, reason } = body;
      const by = operatorName(exchange.caller, body.operator);
      const result = await engine[told.verb]({
        by,
        reason,
        ...(participant !== undefined && { participant }),
      });
      if (result.kind === 'unknownParticipant') {
        const detail = `must be one of ${result.known.join(', ')}`;
        throw new Problem('invalid_request', { errors: [{ pointer: '#/participant', detail }] });
      }
      return json(200, viewFromStatus(engine.status()));
    },
  };
}

export const pauseView = ({
  participant,
  by,
  reason,
  sinceMs,
}: EngineStatus['pauses'][number]): PauseView => ({
  ...(participant !== undefined && { participant }),
  by,
  reason,
  since: isoFrom(sinceMs),
});

function viewFromStatus({ accepting, live, maxLive, breakers, pauses }: EngineStatus): EngineView {
  return {
    paused: pauses.some(({ participant }) => participant === undefined),
    pauses: pauses.map(pauseView),
    accepting,
    live,
    max_live: maxLive,
    breakers: { ...breakers },
  };
}
