import { z } from 'zod';
import type { Readiness } from '../readiness.ts';
import { json, jsonResponse, type Route } from './route.ts';

/** The states that readiness looks at; the overview shows the same. */
export const logSchema = z.enum(['writable', 'failing']);
export const healthSchema = z.enum(['serving', 'notServing', 'unreachable']);
export const cacheSchema = z.enum(['connected', 'degraded', 'local']);
export const booksSchema = z.enum(['balanced', 'late', 'violated', 'unknown']);

const livenessSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Liveness' });

const readinessSchema = z
  .object({
    status: z.enum(['ready', 'notReady']),
    checks: z.object({
      log: logSchema,
      engine: z.enum(['running', 'partly_paused', 'paused']).meta({
        description: 'Does not affect readiness: while calls are paused, orders are accepted and wait.',
      }),
      order: healthSchema,
      inventory: healthSchema,
      payment: healthSchema,
      idempotency_cache: cacheSchema.meta({
        description: 'Does not affect readiness: orders are accepted without it.',
      }),
      books: booksSchema.meta({
        description: 'Does not affect readiness: what the last check of the books found.',
      }),
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
        responses: { '200': jsonResponse('It answers.', livenessSchema) },
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
          '200': jsonResponse('Ready.', readinessSchema),
          '503': jsonResponse('Not ready; `checks` says why.', readinessSchema),
        },
      },
      async handle() {
        const { isReady, checks } = await readiness.check();
        return json(isReady ? 200 : 503, { status: isReady ? 'ready' : 'notReady', checks });
      },
    },
  ];
}
