import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type CancelOrderResponseSchema,
  type ConfirmOrderResponseSchema,
  type CreateOrderResponseSchema,
  OrderService,
} from '../../gen/ordersaga/order/v1/order_pb.js';
import { defineRpcService, type RpcService } from '../../rpc/rpc-service.ts';
import { notFound } from '../../rpc/server-error.ts';
import type { StoredAnswer } from '../../stores/sqlite/barrier.ts';
import { idFromPageToken, pageSizeFrom, pageTokenFromId } from '../paging.ts';
import { answerOf, barrierCallFrom } from '../participant-call.ts';
import type { ParticipantDeps } from '../participant-server.ts';
import { orderFromRequest, orderMessage, statusFromMessage } from './order-message.ts';
import type { NewOrder, OrderOperations } from './order-store.ts';
import type { Order } from './orders.ts';

/** The step of the order saga that CreateOrder performs and CancelOrder undoes. */
export const createOrderStep = 'create-order';
/** The step of the order saga that ConfirmOrder performs; nothing undoes it. */
export const confirmOrderStep = 'confirm-order';

/** OrderService over its store. */
export const createOrderService = ({ database, now }: ParticipantDeps<OrderOperations>): RpcService =>
  defineRpcService(OrderService, {
    async createOrder(request, context) {
      const order = orderFromRequest(request);
      const decisive = decisiveOf(order);
      const write = { sagaId: order.id, step: createOrderStep, direction: 'action', decisive } as const;
      const call = barrierCallFrom(write, context, now());
      return answerMessage(answerOf(await database.write('create', { call, order }), call));
    },
    async confirmOrder({ orderId }, context) {
      const write = { sagaId: orderId, step: confirmOrderStep, direction: 'action', decisive: [] } as const;
      const call = barrierCallFrom(write, context, now());
      return answerMessage(answerOf(await database.write('confirm', { call }), call));
    },
    async cancelOrder({ orderId, reason }, context) {
      const write = {
        sagaId: orderId,
        step: createOrderStep,
        direction: 'compensation',
        decisive: [],
      } as const;
      const call = barrierCallFrom(write, context, now());
      return answerMessage(answerOf(await database.write('cancel', { call, reason }), call));
    },
    async getOrder({ orderId }) {
      const order = await database.read('order', orderId);
      if (order === undefined) throw notFound(`no order ${orderId}`);
      return { order: orderMessage(order) };
    },
    async listOrders({ status: statusFilter, customerId, pageSize, pageToken, afterId, untilId }) {
      const status = statusFromMessage(statusFilter);
      const { orders, more } = await database.read('list', {
        ...(status !== undefined && { status }),
        ...(customerId !== '' && { customerId }),
        ...(pageToken !== '' && { beforeId: idFromPageToken(pageToken) }),
        ...(afterId !== '' && { afterId }),
        ...(untilId !== '' && { untilId }),
        limit: pageSizeFrom(pageSize),
      });
      const last = orders.at(-1);
      const nextPageToken = more && last !== undefined ? pageTokenFromId(last.id) : '';
      return { orders: orders.map(orderMessage), nextPageToken };
    },
  });

const decisiveOf = ({ customerId, currency, totalMinor, items }: NewOrder): readonly unknown[] => [
  customerId,
  currency,
  totalMinor,
  items.map(({ productId, quantity, priceMinor }) => [productId, quantity, priceMinor]),
];

type AnswerMessage = MessageInitShape<typeof CreateOrderResponseSchema> &
  MessageInitShape<typeof ConfirmOrderResponseSchema> &
  MessageInitShape<typeof CancelOrderResponseSchema>;

const answerMessage = (answer: StoredAnswer<Order>): AnswerMessage => ({
  result:
    answer.kind === 'done'
      ? { case: 'order', value: orderMessage(answer.value) }
      : { case: 'refusal', value: answer.refusal },
});
