import { expect, test } from 'vitest';
import { PaymentStatus } from '../../../src/gen/ordersaga/payment/v1/payment_pb.js';
import { errorOf, orderIdOf } from '../running.ts';
import { startScene } from './scene.ts';

test('payments of every kind were listed in the order of their orders', async () => {
  const scene = await startScene();
  await scene.charge(1, { amountMinor: 100 });
  await scene.charge(2, { amountMinor: 50_001 });
  await scene.charge(3, { amountMinor: 300 });
  await scene.refund(3);
  await scene.refund(4);
  const { payments, nextPageToken } = await scene.client.listPayments({});
  expect(nextPageToken).toBe('');
  expect(
    payments.map(({ orderId, status, amount }) => [orderId, PaymentStatus[status], amount?.minorUnits]),
  ).toEqual([
    [orderIdOf(1), 'CAPTURED', 100n],
    [orderIdOf(2), 'DECLINED', 50_001n],
    [orderIdOf(3), 'REFUNDED', 300n],
    [orderIdOf(4), 'VOIDED', undefined],
  ]);
});

test('pages of a range had neither gap nor repeat', async () => {
  const scene = await startScene();
  for (let number = 1; number <= 8; number += 1) await scene.charge(number, { amountMinor: number });
  const range = { afterOrderId: orderIdOf(1), untilOrderId: orderIdOf(7), pageSize: 4 };
  const first = await scene.client.listPayments(range);
  const second = await scene.client.listPayments({ ...range, pageToken: first.nextPageToken });
  const amounts = ({ payments }: typeof first) => payments.map(({ amount }) => Number(amount?.minorUnits));
  expect(amounts(first)).toEqual([2, 3, 4, 5]);
  expect(amounts(second)).toEqual([6, 7]);
  expect(second.nextPageToken).toBe('');
});

test.each([{ pageSize: 201 }, { afterOrderId: 'x' }, { untilOrderId: 'x' }, { pageToken: 'x' }])(
  'the query %o was invalid',
  async (query) => {
    const scene = await startScene();
    expect((await errorOf(scene.client.listPayments(query))).code).toBe('INVALID_ARGUMENT');
  },
);
