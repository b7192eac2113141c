import { PaymentService } from '../../../src/gen/ordersaga/payment/v1/payment_pb.js';
import { paymentStep } from '../../../src/services/payment/charging.ts';
import { startPayment } from '../../../src/services/payment/start.ts';
import { exerciseParticipant } from '../exercise-participant.ts';

const request = (orderId: string, minorUnits: bigint) => ({
  orderId,
  customerId: 'customer_1',
  amount: { currencyCode: 'USD', minorUnits },
});

exerciseParticipant({
  service: PaymentService,
  start: startPayment,
  step: paymentStep,
  action: async (client, orderId, metadata = {}) =>
    (await client.charge(request(orderId, 100n), { metadata })).result,
  otherAction: async (client, orderId, metadata = {}) =>
    (await client.charge(request(orderId, 200n), { metadata })).result,
  compensation: async (client, orderId, metadata = {}) =>
    (await client.refund({ orderId, reason: 'test' }, { metadata })).result,
  state: (client, orderId) => client.getPayment({ orderId }),
});
