/** How an order is meant to go while its process is killed. */
export type Scenario = {
  readonly name: 'happy' | 'declined' | 'out-of-stock' | 'lost-reply' | 'compensation';
  /** The body of `POST /orders`, but for the key. */
  readonly order: {
    readonly customer_id: string;
    readonly items: readonly {
      readonly product_id: string;
      readonly quantity: number;
      readonly price: number;
    }[];
  };
  /** The customer cancels while the charge is under way, so that everything has to be undone. */
  readonly cancels: boolean;
  /** Ends that are right. An order whose cancel was acknowledged may only end cancelled. */
  readonly ends: readonly End[];
};

export type End = 'CONFIRMED' | 'CANCELLED';

/** Has so much stock that it never runs out. */
export const stockedProduct = { product_id: 'crash_test', available: 1_000_000 } as const;

const orderOf = ({
  product = stockedProduct.product_id as string,
  price = 12.5,
  customer = 'crash_test',
}) => ({
  customer_id: customer,
  items: [{ product_id: product, quantity: 2, price }],
});

/** Every scenario but the last column of the matrix: recovery, which is any of these, killed a second time. */
export const scenarios: readonly Scenario[] = [
  { name: 'happy', order: orderOf({}), cancels: false, ends: ['CONFIRMED'] },
  { name: 'declined', order: orderOf({ price: 600 }), cancels: false, ends: ['CANCELLED'] },
  // The stock at the very first start has none of it.
  { name: 'out-of-stock', order: orderOf({ product: 'prod_3' }), cancels: false, ends: ['CANCELLED'] },
  {
    name: 'lost-reply',
    order: orderOf({ customer: 'test_lost_reply' }),
    cancels: false,
    ends: ['CONFIRMED'],
  },
  { name: 'compensation', order: orderOf({}), cancels: true, ends: ['CONFIRMED', 'CANCELLED'] },
];
