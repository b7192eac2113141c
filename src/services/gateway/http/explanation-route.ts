import type { Engine } from '../../../engine/engine.ts';
import type { SagaDefinition } from '../../../saga/definition.ts';
import { explanationOf, explanationSchema } from '../explanation-view.ts';
import type { Sagas } from '../read-sagas.ts';
import { json, jsonResponse, type Route } from './route.ts';
import { loadOr404, sagaPath } from './saga-lookup.ts';

export type ExplanationRouteDeps = {
  readonly definition: SagaDefinition;
  readonly sagas: Sagas;
  readonly engine: Pick<Engine, 'status'>;
  readonly now: () => number;
};

/** The one causal story of a saga. */
export function explanationRoute({ definition, sagas, engine, now }: ExplanationRouteDeps): Route {
  return {
    method: 'get',
    path: '/sagas/{id}/explanation',
    scope: 'sagas:read',
    problems: ['invalid_path', 'saga_not_found'],
    operation: {
      operationId: 'explainSaga',
      summary: 'Read what happened, what is open and what can be done',
      description: 'In sentences, with what each decision of an operator would do. Reading changes nothing.',
      tags: ['Sagas'],
      requestParams: { path: sagaPath },
      responses: { '200': jsonResponse('The explanation.', explanationSchema) },
    },
    async handle(exchange) {
      const saga = await loadOr404(sagas, exchange);
      const { pauses, breakers } = engine.status();
      const isAway = (name: string): boolean => (breakers[name] ?? 'closed') !== 'closed';
      return json(200, explanationOf(definition, saga, { nowMs: now(), pauses, isAway }));
    },
  };
}
