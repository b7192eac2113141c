import type { z } from 'zod';
import type { CommandResult, Engine } from '../../../engine/engine.ts';
import type { Command } from '../../../saga/command.ts';
import type { SagaDefinition } from '../../../saga/definition.ts';
import { audienceOf } from '../audience.ts';
import { operatorName } from '../caller.ts';
import type { GatewayLimits } from '../limits.ts';
import type { OrderAccess } from '../order-access.ts';
import type { Sagas } from '../read-sagas.ts';
import { sagaSchema, viewFromSaga } from '../saga-view.ts';
import { type CommandBody, commandSchema, type SkipBody, skipSchema } from './command-body.ts';
import { ownOrderIdFrom } from './order-lookup.ts';
import { Problem, type ProblemCode } from './problem.ts';
import { bodyProblems, parseBody, readJson } from './read-body.ts';
import { json, jsonBody, jsonResponse, type Route } from './route.ts';
import { loadOr404, sagaIdFrom, sagaPath } from './saga-lookup.ts';

export type SagaRouteDeps = {
  readonly definition: SagaDefinition;
  readonly sagas: Sagas;
  readonly access: OrderAccess;
  readonly engine: Pick<Engine, 'command'>;
  readonly limits: Pick<GatewayLimits, 'maxBodyBytes'>;
};

const theSaga = jsonResponse('The saga.', sagaSchema);

/** The routes that show sagas and let operators decide about them. */
export function sagaRoutes(deps: SagaRouteDeps): readonly Route[] {
  return [
    orderSaga(deps),
    getSaga(deps),
    commandRoute(deps, {
      verb: 'retry',
      summary: 'Try the step of a halted saga again',
      schema: commandSchema,
      commandFrom: (body, by) => ({ kind: 'retry', by, reason: body.reason }),
    }),
    commandRoute(deps, {
      verb: 'skip',
      summary: 'Declare the step of a halted saga as handled by hand',
      schema: skipSchema,
      commandFrom: (body: SkipBody, by) => ({ kind: 'skip', step: body.step, by, reason: body.reason }),
    }),
    commandRoute(deps, {
      verb: 'cancel',
      summary: 'Undo a saga',
      schema: commandSchema,
      commandFrom: (body, by) => ({ kind: 'cancel', by, reason: body.reason }),
    }),
  ];
}

function orderSaga({ definition, sagas, access }: SagaRouteDeps): Route {
  return {
    method: 'get',
    path: '/orders/{id}/saga',
    scope: 'orders:read',
    problems: ['invalid_path', 'order_not_found'],
    operation: {
      operationId: 'getOrderSaga',
      summary: 'Read how an order is being carried out',
      description:
        'Without the scope `sagas:read`, messages and names that are meant for operators are left empty.',
      tags: ['Orders'],
      requestParams: { path: sagaPath },
      responses: { '200': theSaga },
    },
    async handle(exchange) {
      const saga = await sagas.get(await ownOrderIdFrom(access, exchange));
      if (saga === undefined) throw new Problem('order_not_found');
      return json(200, viewFromSaga(definition, saga, audienceOf(exchange.caller)));
    },
  };
}

function getSaga({ definition, sagas }: SagaRouteDeps): Route {
  return {
    method: 'get',
    path: '/sagas/{id}',
    scope: 'sagas:read',
    problems: ['invalid_path', 'saga_not_found'],
    operation: {
      operationId: 'getSaga',
      summary: 'Read a saga',
      tags: ['Sagas'],
      requestParams: { path: sagaPath },
      responses: { '200': theSaga },
    },
    handle: async (exchange) =>
      json(200, viewFromSaga(definition, await loadOr404(sagas, exchange), 'operator')),
  };
}

type CommandRoute<Body extends CommandBody> = {
  readonly verb: Command['kind'];
  readonly summary: string;
  readonly schema: z.ZodType<Body>;
  readonly commandFrom: (body: Body, by: string) => Command;
};

const commandProblems: readonly ProblemCode[] = [
  'invalid_path',
  ...bodyProblems,
  'saga_not_found',
  'command_refused',
  'driven_elsewhere',
];

function commandRoute<Body extends CommandBody>(
  { definition, sagas, engine, limits }: SagaRouteDeps,
  { verb, summary, schema, commandFrom }: CommandRoute<Body>,
): Route {
  return {
    method: 'post',
    path: `/sagas/{id}/${verb}`,
    scope: 'sagas:operate',
    problems: commandProblems,
    operation: {
      operationId: `${verb}Saga`,
      summary,
      description:
        'The decision, its reason and who made it become an event of the saga before this answers.',
      tags: ['Sagas'],
      requestParams: { path: sagaPath },
      requestBody: jsonBody(schema),
      responses: { '200': theSaga },
    },
    async handle(exchange) {
      const id = sagaIdFrom(exchange);
      const body = parseBody(schema, await readJson(exchange.request, limits.maxBodyBytes));
      const by = operatorName(exchange.caller, body.operator);
      assertDone(await engine.command(id, commandFrom(body, by)));
      return json(200, viewFromSaga(definition, await loadOr404(sagas, exchange), 'operator'));
    },
  };
}

/** @throws Problem for every result but `done` */
function assertDone(result: CommandResult): void {
  switch (result.kind) {
    case 'done':
      return;
    case 'notFound':
      throw new Problem('saga_not_found');
    case 'refused':
      throw new Problem('command_refused', { detail: `${result.why}.` });
    case 'elsewhere':
      throw new Problem('driven_elsewhere', {
        detail: `Ask the process ${result.owner}, or ask again in a moment.`,
        retryAfterMs: 1_000,
      });
    default:
      result satisfies never;
  }
}
