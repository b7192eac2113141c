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

/** Something that goes wrong on purpose in the calls to a participant, where the gateway was started for it. */
export type FaultPreset = { readonly name: string; readonly expect: string; readonly fault: string };

export const faultPresets: readonly FaultPreset[] = [
  {
    name: 'Payments lose replies',
    expect: 'Every other charge takes effect and says nothing.',
    fault: 'payment.charge=lost-reply:0.5',
  },
  {
    name: 'Payments fail',
    expect: 'Every other charge fails without effect.',
    fault: 'payment.charge=error-before:0.5',
  },
  {
    name: 'Stock is slow',
    expect: 'Reservations take a second longer.',
    fault: 'inventory.reserve=delay:1000',
  },
  {
    name: 'No stock service',
    expect: 'Nothing reaches it; orders wait, then turn back.',
    fault: 'inventory=partition',
  },
];

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
