import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { OrderSchema, OrderStatus } from '../../../src/gen/ordersaga/order/v1/order_pb.js';
import { isoFrom } from '../../../src/services/gateway/iso-time.ts';
import { messageFromOrder, orderFromMessage } from '../../../src/services/gateway/order-view.ts';

const usd = (minorUnits: bigint) => ({ currencyCode: 'USD', minorUnits });
const message = (price?: ReturnType<typeof usd>) =>
  create(OrderSchema, {
    id: '01a21843-9611-75d6-bba8-012908cb3e2b',
    customerId: 'cust_1',
    status: OrderStatus.PENDING,
    total: usd(10_000n),
    items: [{ productId: 'prod_1', quantity: 2, ...(price && { price }) }],
    createdAt: timestampFromMs(1_000),
    updatedAt: timestampFromMs(1_000),
  });

test('an order of the order service is the same order after it was JSON', () => {
  const view = orderFromMessage(message(usd(5_000n)));
  expect(view).toMatchObject({ total: 100, items: [{ product_id: 'prod_1', quantity: 2, price: 50 }] });
  expect(messageFromOrder(view)).toEqual(message(usd(5_000n)));
});

test('money that is missing or no amount is an error, not nothing', () => {
  expect(() => orderFromMessage(message())).toThrow('without the price of prod_1');
  const view = orderFromMessage(message(usd(5_000n)));
  expect(() => messageFromOrder({ ...view, total: 0.001 })).toThrow('0.001 is no exact amount of USD');
});

test('a time that no calendar has is shown as the nearest one', () => {
  expect(isoFrom(0)).toBe('1970-01-01T00:00:00.000Z');
  expect(isoFrom(1e300)).toBe('+275760-09-13T00:00:00.000Z');
  expect(isoFrom(-1e300)).toBe('-271821-04-20T00:00:00.000Z');
});
