import { z } from 'zod';
import type { OrderPage } from '../../../contract/orders.ts';
import type { ListOrdersResponse, Order } from '../../../gen/ordersaga/order/v1/order_pb.js';
import { rpcErrorFrom } from '../../../rpc/rpc-error.ts';
import type { AnswerOf } from '../agreement.ts';
import type { AwaitOrder } from '../await-order.ts';
import type { FindOrder } from '../find-order.ts';
import type { GatewayLimits } from '../limits.ts';
import { type OrderAccess, seesEveryOrder } from '../order-access.ts';
import { orderFromMessage, orderSchema, statusMessages } from '../order-view.ts';
import type { ParticipantClients } from '../participants.ts';
import { findOr404, orderPath, ownerUnavailable, ownOrderIdFrom, readOptions } from './order-lookup.ts';
import type { Problem } from './problem.ts';
import { cursorParameter, limitParameter, parseQuery, unknownCursor } from './read-query.ts';
import { json, jsonResponse, type Route } from './route.ts';
import { preferenceApplied, preferHeader, type Waits } from './waits.ts';

export type OrderRouteDeps = {
  readonly findOrder: FindOrder;
  readonly awaitOrder: AwaitOrder;
  readonly waits: Waits;
  readonly access: OrderAccess;
  readonly orders: Pick<ParticipantClients['order'], 'listOrders'>;
  readonly limits: Pick<GatewayLimits, 'readTimeoutMs' | 'maxIdLength'>;
};

/** The routes that read orders. */
export const orderRoutes = (deps: OrderRouteDeps): readonly Route[] => [listOrders(deps), getOrder(deps)];

const orderPageSchema = z
  .object({ orders: z.array(orderSchema), next_cursor: z.string().optional() })
  .meta({ id: 'OrderPage' });

type OrderPageView = AnswerOf<OrderPage, z.infer<typeof orderPageSchema>>;

function getOrder({ findOrder, awaitOrder, waits, access, limits }: OrderRouteDeps): Route {
  return {
    method: 'get',
    path: '/orders/{id}',
    scope: 'orders:read',
    problems: ['invalid_path', 'order_not_found', 'order_unreadable', 'owner_unavailable'],
    operation: {
      operationId: 'getOrder',
      summary: 'Read an order',
      description:
        'With `Prefer: wait`, answers when the order has ended, or with its current state when that takes longer.',
      tags: ['Orders'],
      requestParams: { path: orderPath, header: z.object({ Prefer: preferHeader }) },
      responses: {
        '200': {
          ...jsonResponse('The order.', orderSchema),
          headers: z.object({ 'Preference-Applied': preferenceApplied }),
        },
      },
    },
    async handle(exchange) {
      await ownOrderIdFrom(access, exchange);
      const wait = waits.begin(exchange.request.headers, exchange.response);
      if (wait === undefined) return json(200, await findOr404(findOrder, exchange, limits.readTimeoutMs));
      const findEnded: FindOrder = (id, options) => awaitOrder(id, wait.signal, options);
      return json(200, await findOr404(findEnded, exchange, limits.readTimeoutMs), wait.headers);
    },
  };
}

function listOrders({ orders, access, limits }: OrderRouteDeps): Route {
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
      description:
        'Without the scope `sagas:read`, only orders that the token submitted; a page may then be short or empty and still have a `next_cursor`.',
      tags: ['Orders'],
      requestParams: { query },
      responses: { '200': jsonResponse('A page of orders.', orderPageSchema) },
    },
    async handle(exchange) {
      const { status, customer_id = '', limit, cursor = '' } = parseQuery(query, exchange.request.url);
      const request = { customerId: customer_id, ...(status && { status: statusMessages[status] }) };
      const list: ListPage = (pageToken, pageSize) =>
        orders
          .listOrders({ ...request, pageToken, pageSize }, readOptions(exchange, limits.readTimeoutMs))
          .catch((thrown: unknown) => {
            throw problemFromList(thrown, cursor);
          });
      const page = await (seesEveryOrder(exchange.caller)
        ? list(cursor, limit)
        : ownPage(list, { cursor, limit, isOwn: ({ id }) => access.mayAccess(exchange.caller, id) }));
      const next_cursor = page.nextPageToken;
      const body: OrderPageView = {
        orders: page.orders.map(orderFromMessage),
        ...(next_cursor !== '' && { next_cursor }),
      };
      return json(200, body);
    },
  };
}

type OrderMessagePage = Pick<ListOrdersResponse, 'orders' | 'nextPageToken'>;
type ListPage = (pageToken: string, pageSize: number) => Promise<OrderMessagePage>;

/** Most pages of everyone's orders that one request looks through for a caller's own. */
const maxPages = 10;

/**
 * The order service does not know whose an order is, so the caller's own are picked out of everyone's. Each read asks
 * for only as many as are missing, so that the cursor is exact.
 */
async function ownPage(
  list: ListPage,
  {
    cursor,
    limit,
    isOwn,
  }: {
    readonly cursor: string;
    readonly limit: number;
    readonly isOwn: (order: Order) => Promise<boolean>;
  },
): Promise<OrderMessagePage> {
  const own: Order[] = [];
  let nextPageToken = cursor;
  for (let pages = 0; pages < maxPages && own.length < limit; pages += 1) {
    const page = await list(nextPageToken, limit - own.length);
    const areOwn = await Promise.all(page.orders.map(isOwn));
    own.push(...page.orders.filter((_, index) => areOwn[index]));
    nextPageToken = page.nextPageToken;
    if (nextPageToken === '') break;
  }
  return { orders: own, nextPageToken };
}

/** Everything but the cursor was checked before the order service saw it. */
function problemFromList(thrown: unknown, cursor: string): Problem {
  if (cursor !== '' && rpcErrorFrom(thrown).code === 'INVALID_ARGUMENT') return unknownCursor();
  return ownerUnavailable(thrown, 'order');
}
