/** An order to try, and what to expect of it. */
export type Preset = {
  readonly name: string;
  readonly expect: string;
  readonly group: 'shop' | 'fault';
  readonly order: {
    readonly customer: string;
    readonly product: string;
    readonly quantity: number;
    readonly price: number;
  };
};

const order = { customer: 'cust_123', product: 'prod_1', quantity: 1, price: 50 } as const;

/** The faults belong to the simulated payment processor, which knows these customers. */
export const presets: readonly Preset[] = [
  { name: 'Goes through', expect: 'Confirmed; one unit of stock is gone.', group: 'shop', order },
  {
    name: 'Declined',
    expect: 'Charges over 500.00 are declined; the stock comes back.',
    group: 'shop',
    order: { ...order, price: 600 },
  },
  {
    name: 'Out of stock',
    expect: 'Refused before anything is charged.',
    group: 'shop',
    order: { ...order, product: 'prod_3' },
  },
  {
    name: 'Lost reply',
    expect: 'The charge takes effect, its reply is lost: one charge, confirmed.',
    group: 'fault',
    order: { ...order, customer: 'test_lost_reply' },
  },
  {
    name: 'Fails once',
    expect: 'The first attempt fails, the second succeeds.',
    group: 'fault',
    order: { ...order, customer: 'test_flaky' },
  },
  {
    name: 'Timeout',
    expect: 'Payment never answers; undone after half a minute, nothing charged.',
    group: 'fault',
    order: { ...order, customer: 'test_timeout' },
  },
];
