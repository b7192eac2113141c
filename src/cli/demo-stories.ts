import type { NewOrder, OrderStatus } from '../contract/orders.ts';
import type { StockAnswer } from '../contract/stock.ts';

/** One order of the demo, and how it has to end. */
export type DemoStory = {
  readonly title: string;
  readonly order: NewOrder;
  readonly expected: {
    readonly status: OrderStatus;
    /** What the customer is told. */
    readonly reason?: string;
    /** A kind of event that has to be part of the story. */
    readonly event?: string;
    /** What the customer has paid in the end, in minor units. */
    readonly paidMinor: number;
  };
};

const customer_id = 'cust_demo';

/** One order for each way that matters: it goes through, somebody says no, or nobody knows for a while. */
export const demoStories: readonly DemoStory[] = [
  {
    title: 'An order that goes through',
    order: { customer_id, items: [{ product_id: 'prod_1', quantity: 2, price: 50 }] },
    expected: { status: 'CONFIRMED', paidMinor: 10_000 },
  },
  {
    title: 'A payment that is declined, so the stock goes back',
    order: { customer_id, items: [{ product_id: 'prod_1', quantity: 1, price: 600 }] },
    expected: { status: 'CANCELLED', reason: 'Payment was declined.', event: 'StepRejected', paidMinor: 0 },
  },
  {
    title: 'A product that is out of stock, so nobody pays',
    order: { customer_id, items: [{ product_id: 'prod_3', quantity: 1, price: 20 }] },
    expected: {
      status: 'CANCELLED',
      reason: 'One or more items are out of stock.',
      event: 'StepRejected',
      paidMinor: 0,
    },
  },
  {
    title: 'A charge whose reply is lost, so it is asked for again with the same key and made once',
    order: { customer_id: 'test_lost_reply', items: [{ product_id: 'prod_2', quantity: 1, price: 25 }] },
    expected: { status: 'CONFIRMED', event: 'AttemptFailed', paidMinor: 2_500 },
  },
];

/** The stock at the end, given the stock of a first start. */
export const expectedStock: readonly StockAnswer[] = [
  { product_id: 'prod_1', available: 13, reserved: 2, stocked: 15 },
  { product_id: 'prod_2', available: 9, reserved: 1, stocked: 10 },
  { product_id: 'prod_3', available: 0, reserved: 0, stocked: 0 },
];
