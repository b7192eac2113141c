import type { Engine } from '../../../engine/engine.ts';
import type { FindOrder } from '../find-order.ts';
import type { GatewayLimits } from '../limits.ts';
import type { OrderAccess } from '../order-access.ts';
import { orderSchema } from '../order-view.ts';
import { cancelSchema } from './command-body.ts';
import { findOr404, orderPath, ownOrderIdFrom } from './order-lookup.ts';
import { Problem } from './problem.ts';
import { bodyProblems, parseBody, readOptionalJson } from './read-body.ts';
import { json, jsonBody, jsonResponse, type Route } from './route.ts';

export type CancelRouteDeps = {
  readonly engine: Pick<Engine, 'command'>;
  readonly findOrder: FindOrder;
  readonly access: OrderAccess;
  readonly limits: Pick<GatewayLimits, 'maxBodyBytes' | 'readTimeoutMs'>;
};

/** The customer's way to undo an order. */
export function cancelRoute({ engine, findOrder, access, limits }: CancelRouteDeps): Route {
  return {
    method: 'post',
    path: '/orders/{id}/cancel',
    scope: 'orders:write',
    problems: [
      'invalid_path',
      ...bodyProblems,
      'order_not_found',
      'order_unreadable',
      'order_not_cancellable',
      'driven_elsewhere',
      'owner_unavailable',
    ],
    operation: {
      operationId: 'cancelOrder',
      summary: 'Cancel an order',
      description: 'Asks for everything done so far to be undone. It is safe to ask again meanwhile.',
      tags: ['Orders'],
      requestParams: { path: orderPath },
      requestBody: { ...jsonBody(cancelSchema), required: false },
      responses: {
        '202': jsonResponse('The order will be undone. It is CANCELLED once that is done.', orderSchema),
      },
    },
    async handle(exchange) {
      const id = await ownOrderIdFrom(access, exchange);
      const body = parseBody(cancelSchema, await readOptionalJson(exchange.request, limits.maxBodyBytes));
      const reason = body.reason ?? 'no reason given';
      const result = await engine.command(id, { kind: 'cancel', by: 'customer', reason });
      switch (result.kind) {
        case 'done':
          return json(202, await findOr404(findOrder, exchange, limits.readTimeoutMs));
        case 'notFound':
          throw new Problem('order_not_found');
        case 'refused':
          throw new Problem('order_not_cancellable', {
            detail: `The order is complete, being completed, or cancelled already. Read /orders/${id}.`,
          });
        case 'elsewhere':
          throw new Problem('driven_elsewhere', { detail: 'Ask again in a moment.', retryAfterMs: 1_000 });
        default:
          return result satisfies never;
      }
    },
  };
}
