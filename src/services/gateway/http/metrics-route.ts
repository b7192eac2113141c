import { z } from 'zod';
import type { Route } from './route.ts';

/** What this process measures, in the format that a scraper's Accept header asks for. */
export type Expose = (accept: string | undefined) => {
  readonly contentType: string;
  readonly body: string;
};

/** The numbers of this process, for Prometheus. */
export const metricsRoute = (expose: Expose): Route => ({
  method: 'get',
  path: '/metrics',
  scope: 'metrics:read',
  problems: [],
  operation: {
    operationId: 'getMetrics',
    summary: 'Read what this process measures',
    tags: ['Health'],
    responses: {
      '200': {
        description: 'Prometheus text, or OpenMetrics with exemplars where `Accept` asks for it.',
        content: {
          'text/plain': { schema: z.string() },
          'application/openmetrics-text': { schema: z.string() },
        },
      },
    },
  },
  handle: ({ request }) => ({ status: 200, ...expose(request.headers.accept) }),
});
