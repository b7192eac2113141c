import { z } from 'zod';
import type { RpcCallOptions } from '../../../rpc/rpc-client.ts';
import { parseUuid } from '../../uuid.ts';
import type { FindOrder } from '../find-order.ts';
import type { OrderAccess } from '../order-access.ts';
import type { OrderView } from '../order-view.ts';
import { Problem } from './problem.ts';
import type { Exchange } from './route.ts';

/** The path of one order. */
export const orderPath = z.object({ id: z.string().meta({ description: 'Id of the order.' }) });

/** @throws Problem `order_not_found`, `order_unreadable`, `owner_unavailable` */
export async function findOr404(
  findOrder: FindOrder,
  exchange: Exchange,
  timeoutMs: number,
): Promise<OrderView> {
  const id = orderIdFrom(exchange);
  const found = await findOrder(id, readOptions(exchange, timeoutMs));
  switch (found.kind) {
    case 'found':
      return found.order;
    case 'notFound':
      throw new Problem('order_not_found');
    case 'unreadable':
      throw new Problem('order_unreadable', {
        detail:
          'Asking again does not help. Tell the operator the id of the order, which is the id of its saga.',
        cause: new Error(`order ${id} cannot be told from its saga, which has lost what was ordered`),
      });
    case 'unknowable':
      throw ownerUnavailable(found.cause, 'order');
    default:
      return found satisfies never;
  }
}

/** @throws Problem `order_not_found` for what cannot be the id of an order */
function orderIdFrom({ params }: Exchange): string {
  const id = parseUuid(params.id ?? '');
  if (id === undefined) throw new Problem('order_not_found');
  return id;
}

/** @throws Problem `order_not_found`, also for another caller's order, whose existence is not revealed */
export async function ownOrderIdFrom(access: OrderAccess, exchange: Exchange): Promise<string> {
  const id = orderIdFrom(exchange);
  if (!(await access.mayAccess(exchange.caller, id))) throw new Problem('order_not_found');
  return id;
}

/** The service that knows cannot be asked. */
export const ownerUnavailable = (cause: unknown, owner: 'order' | 'inventory'): Problem =>
  new Problem('owner_unavailable', {
    detail: `The ${owner} service does not answer. Ask again in a moment.`,
    retryAfterMs: 1_000,
    cause,
  });

/** Options of a call that only reads. */
export const readOptions = ({ requestId, traceparent }: Exchange, timeoutMs: number): RpcCallOptions => ({
  timeoutMs,
  metadata: { requestId, traceparent },
});
