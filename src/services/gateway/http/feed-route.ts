import { z } from 'zod';
import type { SagaChanges } from '../../../contract/sagas.ts';
import type { Activity, SagaChange } from '../activity.ts';
import type { AnswerOf } from '../agreement.ts';
import type { FeedBatch } from '../saga-feed.ts';
import { dropUndefined, sagaSummarySchema, stepSchema } from '../saga-view.ts';
import type { EventStreams } from './event-streams.ts';
import type { Route } from './route.ts';

export type FeedRouteDeps = {
  readonly activity: Pick<Activity, 'feed'>;
  readonly streams: EventStreams;
};

const batchSchema = z
  .object({
    changes: z.array(
      sagaSummarySchema
        .pick({
          id: true,
          status: true,
          step: true,
          reason: true,
          customer_id: true,
          items: true,
          total: true,
          currency: true,
          trace_id: true,
          created_at: true,
          updated_at: true,
        })
        .extend({
          event: z.string().meta({ description: 'Type of the latest event.' }),
          steps: z.array(stepSchema.pick({ name: true, status: true })),
        }),
    ),
    omitted: z.int().meta({ description: 'How many more sagas changed and did not fit.' }),
  })
  .meta({ id: 'SagaChanges' });

type BatchView = AnswerOf<SagaChanges, z.infer<typeof batchSchema>>;

/** All sagas, live. */
export const feedRoute = ({ activity, streams }: FeedRouteDeps): Route => ({
  method: 'get',
  path: '/events',
  scope: 'sagas:read',
  problems: ['too_many_streams'],
  operation: {
    operationId: 'watchSagas',
    summary: 'Watch all sagas being carried out',
    description:
      'Server-sent events `changes`, at most four a second: what changed since the last one, each saga once, in its latest state; `data` is a SagaChanges. The stream cannot be resumed: after a (re)connect, read the list, then follow.',
    tags: ['Sagas'],
    responses: {
      '200': {
        description: 'The changes.',
        content: { 'text/event-stream': { schema: z.string() } },
      },
    },
  },
  async handle({ request, response, commonHeaders }) {
    if (request.method === 'HEAD') return { status: 200, contentType: 'text/event-stream', body: '' };
    await streams.send({
      response,
      commonHeaders,
      open: (signal) => activity.feed.listen(signal),
      render: (batch) => ({ event: 'changes', data: JSON.stringify(viewFromBatch(batch)) }),
    });
    return 'streamed';
  },
});

const viewFromBatch = ({ changes, omitted }: FeedBatch<SagaChange>): BatchView => ({
  changes: changes.map(({ saga, event }) =>
    dropUndefined<BatchView['changes'][number]>({
      id: saga.id,
      status: saga.status,
      step: saga.step,
      reason: saga.reason,
      customer_id: saga.customer_id,
      items: saga.items,
      total: saga.total,
      currency: saga.currency,
      trace_id: saga.trace_id,
      created_at: saga.created_at,
      updated_at: saga.updated_at,
      event,
      steps: saga.steps.map(({ name, status }) => ({ name, status })),
    }),
  ),
  omitted,
});
