import { type OrderInput, orderInputFrom } from '../../checkout/order.ts';
import type { SagaLog } from '../../stores/saga-log.ts';
import { anonymous, type Caller, mayDo } from './caller.ts';

/**
 * Whose orders a caller may see: those that it submitted, or all of them when it may read sagas, as operators may. An
 * order from before there were tokens belongs to nobody and is for operators.
 */
export type OrderAccess = {
  /** Reads nothing for a caller who may see all orders. */
  mayAccess(caller: Caller, orderId: string): Promise<boolean>;
};

/** Whether the caller may see all orders, so that no single one needs to be checked. */
export const seesEveryOrder = (caller: Caller): boolean => mayDo(caller, 'sagas:read');

/** What is stored with an order that this caller submits. */
export const ownerFrom = (scope: string): Pick<OrderInput, 'owner'> =>
  scope === anonymous.id ? {} : { owner: scope };

/** The owner is part of the saga's input, in the first event of the log, and cannot change. */
export const createOrderAccess = (sagaLog: Pick<SagaLog, 'get'>): OrderAccess => ({
  async mayAccess(caller, orderId) {
    if (seesEveryOrder(caller)) return true;
    const record = await sagaLog.get(orderId);
    return orderInputFrom(record?.input)?.owner === caller.id;
  },
});
