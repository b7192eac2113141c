import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { CreateOrderRequestSchema } from '../../../src/gen/ordersaga/order/v1/order_pb.js';
import { nowMs, orderIdOf } from '../running.ts';

type NewOrder = Extract<MessageInitShape<typeof CreateOrderRequestSchema>, { $typeName?: never }>;

/** Two units of prod_1 at 25.00 USD, accepted a second ago. */
export const newOrder = (changes: Partial<NewOrder> = {}): NewOrder => ({
  orderId: orderIdOf(1),
  customerId: 'customer_1',
  items: [{ productId: 'prod_1', quantity: 2, price: { currencyCode: 'USD', minorUnits: 2_500n } }],
  total: { currencyCode: 'USD', minorUnits: 5_000n },
  acceptedAt: timestampFromMs(nowMs - 1_000),
  ...changes,
});
