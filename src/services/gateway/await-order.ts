import { endingByHand } from '../../checkout/by-hand.ts';
import { orderInputFrom } from '../../checkout/order.ts';
import type { Engine } from '../../engine/engine.ts';
import type { RpcCallOptions } from '../../rpc/rpc-client.ts';
import type { SagaDefinition } from '../../saga/definition.ts';
import { type SagaState, skippedSteps } from '../../saga/state.ts';
import type { FindOrder, FoundOrder } from './find-order.ts';
import { orderFromSaga } from './order-view.ts';

/** Finds an order once its saga rests, or as it is when the signal aborts. */
export type AwaitOrder = (id: string, signal: AbortSignal, options: RpcCallOptions) => Promise<FoundOrder>;

/**
 * If this process drove the saga to its end, it knows without asking anyone. A saga log that cannot be read ends the
 * wait but not the request, because its order may already have been accepted.
 */
export const createAwaitOrder =
  (engine: Pick<Engine, 'untilRest'>, findOrder: FindOrder, definition: SagaDefinition): AwaitOrder =>
  async (id, signal, options) => {
    const saga = await engine.untilRest(id, signal).catch(() => undefined);
    const input = orderInputFrom(saga?.record.input);
    // Only the order service knows the status of an order that a person ended by hand.
    if (saga === undefined || input === undefined || isEndedByHand(saga.state)) return findOrder(id, options);
    return { kind: 'found', order: orderFromSaga(definition, { ...saga, input }) };
  };

const isEndedByHand = ({ status, steps }: SagaState): boolean =>
  endingByHand(status, skippedSteps(steps)) !== undefined;
