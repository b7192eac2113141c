import { expect, test } from 'vitest';
import { shopView } from '../../src/checkout/shop-view.ts';

test('an order is described by its money and its units', () => {
  const items = [
    { productId: 'prod_1', quantity: 2, priceMinor: 5_000 },
    { productId: 'prod_2', quantity: 3, priceMinor: 0 },
  ];
  const order = { customerId: 'cust_1', currency: 'USD', items, totalMinor: 10_000 };
  expect(shopView.describe(order)).toEqual({ currency: 'USD', amountMinor: 10_000, units: 5 });
});

test('what is no order has no description, and throws nothing', () => {
  for (const input of [null, 7, 'x', [], {}, { items: null }])
    expect(shopView.describe(input)).toBeUndefined();
});
