import { expect, test } from 'vitest';
import { OrderService, OrderStatus } from '../../../src/gen/ordersaga/order/v1/order_pb.js';
import { orderPageSql } from '../../../src/services/order/order-pages.ts';
import { startOrder } from '../../../src/services/order/start.ts';
import { openReadOnly } from '../../../src/stores/sqlite/open-file.ts';
import { errorOf, orderIdOf, run } from '../running.ts';
import { newOrder } from './new-order.ts';

type Query = {
  readonly status?: OrderStatus;
  readonly customerId?: string;
  readonly pageSize?: number;
  readonly afterId?: string;
  readonly untilId?: string;
};

/** Orders 1 to `count`: every third confirmed, every fifth of the others cancelled; even ones are Eve's. */
async function shopWith(count: number) {
  const service = await run(OrderService, startOrder);
  const { client } = service;
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const customerOf = (number: number) => (number % 2 === 0 ? 'eve' : 'adam');
  const statusOf = (number: number) => {
    if (number % 3 === 0) return OrderStatus.CONFIRMED;
    return number % 5 === 0 ? OrderStatus.CANCELLED : OrderStatus.PENDING;
  };
  for (const number of numbers) {
    const orderId = orderIdOf(number);
    await client.createOrder(newOrder({ orderId, customerId: customerOf(number) }));
    if (statusOf(number) === OrderStatus.CONFIRMED) await client.confirmOrder({ orderId });
    if (statusOf(number) === OrderStatus.CANCELLED) await client.cancelOrder({ orderId });
  }
  return {
    ...service,
    /** The pages, as numbers of orders. */
    async pages(query: Query): Promise<number[][]> {
      const pages: number[][] = [];
      let pageToken = '';
      do {
        const { orders, nextPageToken } = await client.listOrders({ ...query, pageToken });
        pages.push(orders.map(({ id }) => Number(id.slice(-12))));
        pageToken = nextPageToken;
      } while (pageToken !== '');
      return pages;
    },
    expected: ({ status, customerId }: Query) =>
      numbers
        .filter((number) => status === undefined || statusOf(number) === status)
        .filter((number) => customerId === undefined || customerOf(number) === customerId)
        .reverse(),
  };
}

test('every combination of filters listed its orders newest first, on pages without gap or repeat', async () => {
  const shop = await shopWith(60);
  const statuses = [undefined, OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.CANCELLED];
  for (const status of statuses) {
    for (const customerId of [undefined, 'eve', 'adam', 'nobody']) {
      const query = {
        pageSize: 7,
        ...(status !== undefined && { status }),
        ...(customerId !== undefined && { customerId }),
      };
      const pages = await shop.pages(query);
      expect(pages.flat()).toEqual(shop.expected(query));
      expect(pages.every((page) => page.length <= 7)).toBe(true);
    }
  }
});

test('a page that ended with the last order had no next page', async () => {
  const shop = await shopWith(14);
  expect((await shop.pages({ pageSize: 7 })).map((page) => page.length)).toEqual([7, 7]);
});

test('a page held 50 orders unless asked otherwise', async () => {
  const shop = await shopWith(51);
  expect((await shop.pages({})).map((page) => page.length)).toEqual([50, 1]);
});

test('a range of ids listed those after its beginning up to its end, on every page of it', async () => {
  const shop = await shopWith(12);
  const range = { afterId: orderIdOf(3), untilId: orderIdOf(9) };
  expect(await shop.pages({ ...range, pageSize: 4 })).toEqual([
    [9, 8, 7, 6],
    [5, 4],
  ]);
  expect(await shop.pages({ afterId: orderIdOf(12) })).toEqual([[]]);
  expect(await shop.pages({ untilId: orderIdOf(1) })).toEqual([[1]]);
});

test('orders that came meanwhile did not shift the pages', async () => {
  const shop = await shopWith(10);
  const first = await shop.client.listOrders({ pageSize: 5 });
  await shop.client.createOrder(newOrder({ orderId: orderIdOf(11) }));
  const second = await shop.client.listOrders({ pageSize: 5, pageToken: first.nextPageToken });
  expect(second.orders.map(({ id }) => id)).toEqual([5, 4, 3, 2, 1].map(orderIdOf));
});

test.each(['x', 'bm90IGFuIGlk', '!!!!', Buffer.from(`${orderIdOf(1)}x`).toString('base64url')])(
  'the page token %s was refused',
  async (pageToken) => {
    const { client } = await run(OrderService, startOrder);
    const error = await errorOf(client.listOrders({ pageToken }));
    expect(error.fieldViolations.map(({ field }) => field)).toEqual(['page_token']);
  },
);

test.each([
  { pageSize: -1 },
  { pageSize: 201 },
  { status: 9 as OrderStatus },
  { afterId: 'x' },
  { untilId: '7' },
])('the query %o was invalid', async (query) => {
  const { client } = await run(OrderService, startOrder);
  expect((await errorOf(client.listOrders(query))).code).toBe('INVALID_ARGUMENT');
});

test.each(Object.entries(orderPageSql))(
  'the page "%s" was one range of one index, in order',
  async (_, sql) => {
    const { file } = await run(OrderService, startOrder);
    const database = openReadOnly(file);
    const parameters = { status: 'pending', customerId: 'eve', afterId: '', beforeId: '~', limit: 10 };
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(parameters) as {
      readonly detail: string;
    }[];
    database.close();
    expect(plan).toHaveLength(1);
    expect(plan[0]?.detail).toMatch(
      /^SEARCH orders USING (PRIMARY KEY|INDEX \w+) \((status=\? AND |customer_id=\? AND )*id>\? AND id<\?\)$/,
    );
  },
);
