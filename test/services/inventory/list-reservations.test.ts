import { expect, test } from 'vitest';
import { InventoryService, ReservationStatus } from '../../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { startInventory } from '../../../src/services/inventory/start.ts';
import { errorOf, orderIdOf, run } from '../running.ts';

/** Reservations of orders 1 to `count`; every third was given back, every fourth was refused. */
async function shopWith(count: number) {
  const { client } = await run(InventoryService, (options) =>
    startInventory({ ...options, seedStock: { prod_1: 1_000 } }),
  );
  for (let number = 1; number <= count; number += 1) {
    const orderId = orderIdOf(number);
    await client.reserve({
      orderId,
      items: [{ productId: number % 4 === 0 ? 'none' : 'prod_1', quantity: number }],
    });
    if (number % 3 === 0) await client.release({ orderId, reason: 'test' });
  }
  return client;
}

test('reservations of every kind were listed in the order of their orders', async () => {
  const client = await shopWith(4);
  const { reservations, nextPageToken } = await client.listReservations({});
  expect(nextPageToken).toBe('');
  expect(reservations.map(({ orderId, status }) => [orderId, ReservationStatus[status]])).toEqual([
    [orderIdOf(1), 'HELD'],
    [orderIdOf(2), 'HELD'],
    [orderIdOf(3), 'RELEASED'],
    [orderIdOf(4), 'REFUSED'],
  ]);
  expect(reservations[1]?.items).toMatchObject([{ productId: 'prod_1', quantity: 2 }]);
});

test('pages of a range had neither gap nor repeat', async () => {
  const client = await shopWith(12);
  const range = { afterOrderId: orderIdOf(2), untilOrderId: orderIdOf(11), pageSize: 4 };
  const pages: number[][] = [];
  let pageToken = '';
  do {
    const page = await client.listReservations({ ...range, pageToken });
    pages.push(page.reservations.map(({ orderId }) => Number(orderId.slice(-12))));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(pages).toEqual([[3, 4, 5, 6], [7, 8, 9, 10], [11]]);
});

test('a page held 50 unless asked otherwise', async () => {
  const client = await shopWith(51);
  expect((await client.listReservations({})).reservations).toHaveLength(50);
});

test.each([{ pageSize: 201 }, { afterOrderId: 'x' }, { untilOrderId: 'x' }, { pageToken: 'x' }])(
  'the query %o was invalid',
  async (query) => {
    const client = await shopWith(0);
    expect((await errorOf(client.listReservations(query))).code).toBe('INVALID_ARGUMENT');
  },
);
