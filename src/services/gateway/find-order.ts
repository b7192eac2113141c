import type { RpcCallOptions } from '../../rpc/rpc-client.ts';
import { rpcErrorFrom } from '../../rpc/rpc-error.ts';
import type { SagaDefinition } from '../../saga/definition.ts';
import { type OrderView, orderFromMessage, orderFromSaga } from './order-view.ts';
import type { ParticipantClients } from './participants.ts';
import type { Sagas } from './read-sagas.ts';

/**
 * `unknowable`: the order service cannot be asked, and the saga log does not know the order or cannot be read.
 * `unreadable`: the order service has not heard of it, and what the saga log has of it is damaged.
 */
export type FoundOrder =
  | { readonly kind: 'found'; readonly order: OrderView }
  | { readonly kind: 'notFound' | 'unreadable' }
  | { readonly kind: 'unknowable'; readonly cause: unknown };

/**
 * Finds an order. The order service owns it and is asked first; while it has not heard of the order yet, or cannot be
 * reached, the saga log tells what was accepted and how it ended.
 */
export type FindOrder = (id: string, options: RpcCallOptions) => Promise<FoundOrder>;

export function createFindOrder(
  client: Pick<ParticipantClients['order'], 'getOrder'>,
  sagas: Pick<Sagas, 'get'>,
  definition: SagaDefinition,
): FindOrder {
  return async (id, options) => {
    let cause: unknown;
    try {
      const { order } = await client.getOrder({ orderId: id }, options);
      if (order) return { kind: 'found', order: orderFromMessage(order) };
    } catch (thrown) {
      if (rpcErrorFrom(thrown).code !== 'NOT_FOUND') cause = thrown;
    }
    try {
      const saga = await sagas.get(id);
      if (saga?.input !== undefined)
        return { kind: 'found', order: orderFromSaga(definition, { ...saga, input: saga.input }) };
      // An order service that could not be asked may still know the order.
      if (saga !== undefined && cause === undefined) return { kind: 'unreadable' };
    } catch (thrown) {
      cause ??= thrown;
    }
    return cause === undefined ? { kind: 'notFound' } : { kind: 'unknowable', cause };
  };
}
