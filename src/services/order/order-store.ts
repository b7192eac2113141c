import type { Refusal } from '../../saga/outcome.ts';
import { type BarrierCall, barrierSchema, createBarrier, type Verdict } from '../../stores/sqlite/barrier.ts';
import type { Program } from '../../stores/sqlite/program.ts';
import { createOrderPages, type OrderPage, type OrderQuery } from './order-pages.ts';
import { createOrders, type Order, orderSchema } from './orders.ts';

/** An order as the gateway accepted it. */
export type NewOrder = Omit<Order, 'status' | 'reason' | 'updatedAtMs'>;

export type OrderOperations = {
  create(request: { readonly call: BarrierCall; readonly order: NewOrder }): Verdict<Order>;
  confirm(request: { readonly call: BarrierCall }): Verdict<Order>;
  cancel(request: { readonly call: BarrierCall; readonly reason: string }): Verdict<Order>;
  order(id: string): Order | undefined;
  list(query: OrderQuery): OrderPage;
};

/** Schema and SQL of the order service. */
export const program: Program<OrderOperations> = {
  migrations: [barrierSchema + orderSchema],
  brief: ['create', 'confirm', 'cancel', 'order'],
  create: (database) => {
    const orders = createOrders(database);
    const barrier = createBarrier(database);
    return {
      order: orders.find,
      list: createOrderPages(database),
      create: ({ call, order }) =>
        barrier.once(call, () => ({
          kind: 'done',
          value: orders.add({ ...order, status: 'pending', reason: '', updatedAtMs: call.atMs }),
        })),
      confirm: ({ call }) =>
        barrier.once(call, () => {
          const { sagaId: id, atMs } = call;
          const order = orders.finish({ id, status: 'confirmed', reason: '', atMs }) ?? orders.find(id);
          if (order === undefined) return { kind: 'refused', refusal: orderUnknown };
          if (order.status === 'cancelled') return { kind: 'refused', refusal: orderCancelled };
          return { kind: 'done', value: order };
        }),
      cancel: ({ call, reason }) =>
        barrier.once(call, () => {
          const { sagaId: id, atMs } = call;
          const order = orders.finish({ id, status: 'cancelled', reason, atMs }) ?? orders.find(id);
          if (order?.status === 'confirmed') return { kind: 'refused', refusal: orderConfirmed };
          return { kind: 'done', value: order ?? neverCreated(call, reason) };
        }),
    };
  },
};

const orderUnknown: Refusal = { code: 'order_unknown', message: 'no such order was created here' };
const orderCancelled: Refusal = {
  code: 'order_cancelled',
  message: 'the order is cancelled, which is final',
};
const orderConfirmed: Refusal = {
  code: 'order_confirmed',
  message: 'the order is confirmed, which is final',
};

/**
 * The answer to a cancel that came before the order. It is not a row of the table: nobody ordered this here, so
 * customers never see it. The barrier's tombstone keeps the late order out.
 */
const neverCreated = ({ sagaId, atMs }: BarrierCall, reason: string): Order => ({
  id: sagaId,
  customerId: '',
  status: 'cancelled',
  currency: '',
  totalMinor: 0,
  items: [],
  reason,
  createdAtMs: atMs,
  updatedAtMs: atMs,
});
