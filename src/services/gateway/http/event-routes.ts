import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Engine } from '../../../engine/engine.ts';
import { isTerminal } from '../../../saga/state.ts';
import type { SagaLog } from '../../../stores/saga-log.ts';
import { audienceOf } from '../audience.ts';
import { viewFromEvent } from '../event-view.ts';
import type { OrderAccess } from '../order-access.ts';
import type { EventStreams } from './event-streams.ts';
import { ownOrderIdFrom } from './order-lookup.ts';
import { Problem } from './problem.ts';
import { invalidParameter, parseQuery } from './read-query.ts';
import type { Route } from './route.ts';

export type EventRouteDeps = {
  readonly engine: Pick<Engine, 'watch'>;
  readonly sagaLog: Pick<SagaLog, 'get'>;
  readonly streams: EventStreams;
  readonly access: OrderAccess;
};

const seqPattern = /^\d{1,15}$/;
const seqError = 'must be the id of an event: a whole number';

const query = z.strictObject({
  after: z
    .string()
    .regex(seqPattern, { error: seqError })
    .optional()
    .meta({ description: 'Only events after this one, for clients that cannot send Last-Event-ID.' }),
});

/** The saga of an order, live. */
export const eventRoutes = ({ engine, sagaLog, streams, access }: EventRouteDeps): readonly Route[] => [
  {
    method: 'get',
    path: '/orders/{id}/events',
    scope: 'orders:read',
    problems: ['invalid_path', 'invalid_parameter', 'order_not_found', 'too_many_streams'],
    operation: {
      operationId: 'watchOrder',
      summary: 'Watch an order being carried out',
      description:
        'Server-sent events, one per event of the saga, once it is durable: `id` is its seq, `event` its type, `data` a SagaEvent. Ends after the last event of the saga.',
      tags: ['Orders'],
      requestParams: {
        path: z.object({ id: z.string() }),
        query,
        header: z.object({
          'Last-Event-ID': z.string().optional().meta({ description: 'Only events after this one.' }),
        }),
      },
      responses: {
        '200': { description: 'The events.', content: { 'text/event-stream': { schema: z.string() } } },
        '204': { description: 'You have seen all events and no more will come: do not reconnect.' },
      },
    },
    async handle(exchange) {
      const { request, response, caller, commonHeaders } = exchange;
      const id = await ownOrderIdFrom(access, exchange);
      const afterSeq = afterSeqFrom(request);
      const record = await sagaLog.get(id);
      if (record === undefined) throw new Problem('order_not_found');
      // The standard's way to stop a browser from reconnecting for ever.
      if (isTerminal(record.status) && afterSeq >= record.seq) return { status: 204, body: '' };
      if (request.method === 'HEAD') return { status: 200, contentType: 'text/event-stream', body: '' };
      await streams.send({
        response,
        commonHeaders,
        open: (signal) => engine.watch(id, afterSeq, signal),
        render: (logged) => ({
          id: String(logged.seq),
          event: logged.event.type,
          data: JSON.stringify(viewFromEvent(logged, audienceOf(caller))),
        }),
      });
      return 'streamed';
    },
  },
];

/** Last-Event-ID wins, because it is newer: a browser sends it when it reconnects to the same URL. */
function afterSeqFrom({ url, headers }: IncomingMessage): number {
  const { after = '0' } = parseQuery(query, url);
  const lastEventId = headers['last-event-id'];
  const seq = typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : after;
  if (!seqPattern.test(seq)) throw invalidParameter([{ pointer: 'Last-Event-ID', detail: seqError }]);
  return Number(seq);
}
