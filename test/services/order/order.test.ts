import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { OrderService, OrderStatus } from '../../../src/gen/ordersaga/order/v1/order_pb.js';
import { startOrder } from '../../../src/services/order/start.ts';
import { openWritable } from '../../../src/stores/sqlite/open-file.ts';
import { errorOf, nowMs, orderIdOf, type RunOptions, run } from '../running.ts';
import { newOrder } from './new-order.ts';

const orderId = orderIdOf(1);

async function started(options: RunOptions = {}) {
  const service = await run(OrderService, startOrder, options);
  const { client } = service;
  return {
    ...service,
    create: async (changes: Parameters<typeof newOrder>[0] = {}) =>
      (await client.createOrder(newOrder(changes))).result,
    confirm: async (id = orderId) => (await client.confirmOrder({ orderId: id })).result,
    cancel: async (reason = 'Payment was declined.', id = orderId) =>
      (await client.cancelOrder({ orderId: id, reason })).result,
    /** Name of the order's status. */
    async status(id = orderId): Promise<string> {
      const { order } = await client.getOrder({ orderId: id });
      return OrderStatus[order?.status ?? OrderStatus.UNSPECIFIED];
    },
  };
}

test('a created order was pending and kept what was ordered', async () => {
  const { client, create } = await started();
  const result = await create();
  expect(result).toMatchObject({
    case: 'order',
    value: {
      id: orderId,
      customerId: 'customer_1',
      status: OrderStatus.PENDING,
      total: { currencyCode: 'USD', minorUnits: 5_000n },
      items: [{ productId: 'prod_1', quantity: 2, price: { currencyCode: 'USD', minorUnits: 2_500n } }],
      reason: '',
      createdAt: timestampFromMs(nowMs - 1_000),
      updatedAt: timestampFromMs(nowMs),
    },
  });
  expect((await client.getOrder({ orderId })).order).toEqual(result.value);
});

test('a confirmed order stayed confirmed', async () => {
  const { create, confirm, cancel, status } = await started();
  await create();
  expect(await confirm()).toMatchObject({ case: 'order', value: { status: OrderStatus.CONFIRMED } });
  expect(await cancel()).toMatchObject({ case: 'refusal', value: { code: 'order_confirmed' } });
  expect(await status()).toBe('CONFIRMED');
});

test('a cancelled order stayed cancelled and told the customer why', async () => {
  const { client, create, confirm, cancel } = await started();
  await create();
  expect(await cancel('Payment was declined.')).toMatchObject({ case: 'order' });
  expect(await confirm()).toMatchObject({ case: 'refusal', value: { code: 'order_cancelled' } });
  const { order } = await client.getOrder({ orderId });
  expect(order).toMatchObject({ status: OrderStatus.CANCELLED, reason: 'Payment was declined.' });
});

test('a cancel that was repeated with another reason got the first answer', async () => {
  const { client, create, cancel } = await started();
  await create();
  const first = await cancel('Payment was declined.');
  expect(await cancel('Something else.')).toEqual(first);
  expect((await client.getOrder({ orderId })).order?.reason).toBe('Payment was declined.');
});

test('an order could not be confirmed before it was created', async () => {
  const { confirm } = await started();
  expect(await confirm()).toMatchObject({ case: 'refusal', value: { code: 'order_unknown' } });
});

test('an order whose cancel came first never appeared', async () => {
  const { client, create, confirm, cancel } = await started();
  expect(await cancel()).toMatchObject({
    case: 'order',
    value: { id: orderId, status: OrderStatus.CANCELLED },
  });
  expect(await create()).toMatchObject({ case: 'refusal', value: { code: 'already_compensated' } });
  expect(await confirm()).toMatchObject({ case: 'refusal', value: { code: 'order_unknown' } });
  expect((await errorOf(client.getOrder({ orderId }))).code).toBe('NOT_FOUND');
  expect((await client.listOrders({})).orders).toEqual([]);
});

test('of a confirm and a cancel at once exactly one won', async () => {
  const { create, confirm, cancel, status } = await started({ thread: true });
  for (let number = 1; number <= 50; number += 1) {
    const id = orderIdOf(number);
    await create({ orderId: id });
    const [confirmed, cancelled] = await Promise.all([confirm(id), cancel('', id)]);
    expect([confirmed.case, cancelled.case].sort()).toEqual(['order', 'refusal']);
    expect(await status(id)).toBe(confirmed.case === 'order' ? 'CONFIRMED' : 'CANCELLED');
  }
});

test('not even a statement typed by hand changed a final order', async () => {
  const { file, create, confirm, participant } = await started();
  await create();
  await confirm();
  await participant.close();
  const database = openWritable(file, 100);
  for (const change of ["status = 'cancelled'", "status = 'pending'", 'total_minor = 1'])
    expect(() => database.exec(`UPDATE orders SET ${change}`)).toThrow(
      'a confirmed or cancelled order is final',
    );
  database.close();
});

const usd = (minorUnits: bigint) => ({ currencyCode: 'USD', minorUnits });
const item = (quantity: number, price = usd(100n)) => ({ productId: 'prod_1', quantity, price });

test.each([
  ['a total that is not the sum of its lines', { total: usd(4_999n) }, 'total.minor_units'],
  [
    'lines in another currency',
    { items: [item(2), item(1, { currencyCode: 'EUR', minorUnits: 100n })], total: usd(300n) },
    'items[1].price.currency_code',
  ],
  [
    'a sum beyond what a number holds exactly',
    { items: [item(10_000, usd(9_007_199_254_740_991n))], total: usd(9_007_199_254_740_991n) },
    'total.minor_units',
  ],
  ['no customer', { customerId: '' }, 'customer_id'],
  ['no lines', { items: [] }, 'items'],
])('an order with %s was invalid and left no trace', async (_, changes, field) => {
  const { client, create } = await started();
  const error = await errorOf(create(changes));
  expect(error.code).toBe('INVALID_ARGUMENT');
  expect(error.fieldViolations.map((violation) => violation.field)).toEqual([field]);
  expect((await errorOf(client.getOrder({ orderId }))).code).toBe('NOT_FOUND');
});
