import { OrderService } from '../../../src/gen/ordersaga/order/v1/order_pb.js';
import { createOrderStep } from '../../../src/services/order/service.ts';
import { startOrder } from '../../../src/services/order/start.ts';
import { exerciseParticipant } from '../exercise-participant.ts';
import { newOrder } from './new-order.ts';

exerciseParticipant({
  service: OrderService,
  start: startOrder,
  step: createOrderStep,
  action: async (client, orderId, metadata = {}) =>
    (await client.createOrder(newOrder({ orderId }), { metadata })).result,
  otherAction: async (client, orderId, metadata = {}) =>
    (await client.createOrder(newOrder({ orderId, customerId: 'someone_else' }), { metadata })).result,
  compensation: async (client, orderId, metadata = {}) =>
    (await client.cancelOrder({ orderId, reason: 'Payment was declined.' }, { metadata })).result,
  state: (client, orderId) => client.getOrder({ orderId }),
});
