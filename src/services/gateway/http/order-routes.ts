import { z } from 'zod';
import { rpcErrorFrom } from '../../../rpc/rpc-error.ts';
import type { FindOrder } from '../find-order.ts';
import type { GatewayLimits } from '../limits.ts';
import { orderFromMessage, orderSchema, statusMessages } from '../order-view.ts';
import type { ParticipantClients } from '../participants.ts';
import { findOr404, orderPath, ownerUnavailable, readOptions } from './order-lookup.ts';
import type { Problem } from './problem.ts';
import { cursorParameter, invalidParameter, limitParameter, parseQuery } from './read-query.ts';
import { json, type Route } from './route.ts';

export type OrderRouteDeps = {
  readonly findOrder: FindOrder;
  readonly orders: Pick<ParticipantClients['order'], 'listOrders'>;
  readonly limits: Pick<GatewayLimits, 'readTimeoutMs' | 'maxIdLength'>;
};

/** The routes that read orders. */
export const orderRoutes = (deps: OrderRouteDeps): readonly Route[] => [listOrders(deps), getOrder(deps)];

const orderPageSchema = z
  .object({ orders: z.array(orderSchema), next_cursor: z.string().optional() })
  .meta({ id: 'OrderPage' });

function getOrder({ findOrder, limits }: OrderRouteDeps): Route {
  return {
    method: 'get',
    path: '/orders/{id}',
    scope: 'orders:read',
    problems: ['invalid_path', 'order_not_found', 'owner_unavailable'],
    operation: {
      operationId: 'getOrder',
      summary: 'Read an order',
      tags: ['Orders'],
      requestParams: { path: orderPath },
      responses: {
        '200': { description: 'The order.', content: { 'application/json': { schema: orderSchema } } },
      },
    },
    handle: async (exchange) => json(200, await findOr404(findOrder, exchange, limits.readTimeoutMs)),
  };
}

function listOrders({ orders, limits }: OrderRouteDeps): Route {
  const query = z.strictObject({
    status: z.enum(['PENDING', 'CONFIRMED', 'CANCELLED']).optional(),
    customer_id: z.string().min(1).max(limits.maxIdLength).optional(),
    limit: limitParameter,
    cursor: cursorParameter,
  });
  return {
    method: 'get',
    path: '/orders',
    scope: 'orders:read',
    problems: ['invalid_parameter', 'owner_unavailable'],
    operation: {
      operationId: 'listOrders',
      summary: 'List orders, newest first',
      tags: ['Orders'],
      requestParams: { query },
      responses: {
        '200': {
          description: 'A page of orders.',
          content: { 'application/json': { schema: orderPageSchema } },
        },
      },
    },
    async handle(exchange) {
      const { status, customer_id = '', limit, cursor = '' } = parseQuery(query, exchange.request.url);
      const request = {
        customerId: customer_id,
        pageSize: limit,
        pageToken: cursor,
        ...(status && { status: statusMessages[status] }),
      };
      const page = await orders
        .listOrders(request, readOptions(exchange, limits.readTimeoutMs))
        .catch((thrown: unknown) => {
          throw problemFromList(thrown, cursor);
        });
      const next_cursor = page.nextPageToken;
      return json(200, {
        orders: page.orders.map(orderFromMessage),
        ...(next_cursor !== '' && { next_cursor }),
      });
    },
  };
}

/** Everything but the cursor was checked before the order service saw it. */
function problemFromList(thrown: unknown, cursor: string): Problem {
  if (cursor !== '' && rpcErrorFrom(thrown).code === 'INVALID_ARGUMENT') {
    return invalidParameter([{ pointer: 'cursor', detail: 'must be the next_cursor of an earlier page' }]);
  }
  return ownerUnavailable(thrown);
}
