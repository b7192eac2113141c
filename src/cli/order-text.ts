import { minorDigitsOf } from '../checkout/money.ts';
import type { OrderAnswer, OrderStatus } from '../contract/orders.ts';
import { tableText } from './table.ts';
import type { Colours } from './terminal.ts';

/** An amount of the JSON contract with its currency's digits: 100 USD is "100.00 USD". */
export const amountText = (amount: number, currency: string): string =>
  `${amount.toFixed(minorDigitsOf(currency))} ${currency}`;

/** RFC 3339 without the fraction of the second. */
export const timeText = (time: string): string => time.replace(/\.\d+Z$/, 'Z');

export function orderStatusText(status: OrderStatus, colours: Colours): string {
  switch (status) {
    case 'PENDING':
      return colours.yellow(status);
    case 'CONFIRMED':
      return colours.green(status);
    case 'CANCELLED':
      return colours.red(status);
  }
}

/** One order in full, for a person. */
export async function orderText(order: OrderAnswer, colours: Colours): Promise<string> {
  const { id, status, reason, customer_id, total, currency, items, created_at, updated_at } = order;
  const head = [
    `${colours.bold(`Order ${id}`)}  ${orderStatusText(status, colours)}`,
    ...(reason ? [reason] : []),
    `Customer ${customer_id}, total ${amountText(total, currency)}`,
    `Created ${timeText(created_at)}, updated ${timeText(updated_at)}`,
    '',
  ];
  const lines = items.map(({ product_id, quantity, price }) => [
    product_id,
    quantity,
    amountText(price, currency),
  ]);
  const table = await tableText(
    [{ head: 'PRODUCT' }, { head: 'QUANTITY', align: 'right' }, { head: 'PRICE', align: 'right' }],
    lines,
    colours,
  );
  return [...head, table].join('\n');
}

/** One line per order, for a person. */
export const orderListText = (orders: readonly OrderAnswer[], colours: Colours): Promise<string> =>
  tableText(
    [
      { head: 'ORDER' },
      { head: 'STATUS' },
      { head: 'TOTAL', align: 'right' },
      { head: 'CUSTOMER' },
      { head: 'CREATED' },
      { head: 'REASON' },
    ],
    orders.map(({ id, status, total, currency, customer_id, created_at, reason }) => [
      id,
      orderStatusText(status, colours),
      amountText(total, currency),
      customer_id,
      timeText(created_at),
      reason ?? '',
    ]),
    colours,
  );
