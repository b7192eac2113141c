import { z } from 'zod';
import type { Readiness } from '../readiness.ts';
import { json, type Route } from './route.ts';

const livenessSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Liveness' });

const readinessSchema = z
  .object({
    status: z.enum(['ready', 'notReady']),
    checks: z.object({
      log: z.enum(['writable', 'failing']),
      engine: z.enum(['running', 'partly_paused', 'paused']).meta({
        description: 'Does not affect readiness: while calls are paused, orders are accepted and wait.',
      }),
      order: z.enum(['serving', 'notServing', 'unreachable']),
      inventory: z.enum(['serving', 'notServing', 'unreachable']),
      payment: z.enum(['serving', 'notServing', 'unreachable']),
      idempotency_cache: z
        .enum(['connected', 'degraded', 'local'])
        .meta({ description: 'Does not affect readiness: orders are accepted without it.' }),
      books: z
        .enum(['balanced', 'violated', 'unknown'])
        .meta({ description: 'Does not affect readiness: what the last check of the books found.' }),
      shutdown: z.enum(['no', 'underWay']),
    }),
  })
  .meta({ id: 'Readiness' });

/** Liveness, which depends on nothing, and readiness. */
export function healthRoutes(readiness: Readiness): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/healthz',
      problems: [],
      operation: {
        operationId: 'getLiveness',
        summary: 'Check whether the process answers',
        tags: ['Health'],
        responses: {
          '200': { description: 'It answers.', content: { 'application/json': { schema: livenessSchema } } },
        },
      },
      handle: () => json(200, { status: 'ok' }),
    },
    {
      method: 'get',
      path: '/readyz',
      problems: [],
      operation: {
        operationId: 'getReadiness',
        summary: 'Check whether orders can be accepted and carried out',
        tags: ['Health'],
        responses: {
          '200': { description: 'Ready.', content: { 'application/json': { schema: readinessSchema } } },
          '503': {
            description: 'Not ready; `checks` says why.',
            content: { 'application/json': { schema: readinessSchema } },
          },
        },
      },
      async handle() {
        const { isReady, checks } = await readiness.check();
        return json(isReady ? 200 : 503, { status: isReady ? 'ready' : 'notReady', checks });
      },
    },
  ];
}
