export const orderKinds = ['happy', 'declined', 'out-of-stock'] as const;

/** How an order is meant to end: confirmed, undone because payment declined, or undone because stock was missing. */
export type OrderKind = (typeof orderKinds)[number];

/** Relative weights. */
export type OrderMix = Readonly<Record<OrderKind, number>>;

/** Products that only the load generator orders, so that the shop's own stock is left alone. */
export const stockedProducts = ['load_1', 'load_2', 'load_3', 'load_4'] as const;
export const emptyProduct = 'load_none';
/** More than any run can take. */
export const plenty = 1_000_000_000_000;

// Over the default limit of the simulated payment processor.
const declinedPrice = 600;
const customers = 1_000;

/**
 * Interleaves the kinds so that each has its share of any stretch of orders, not only of the whole.
 *
 * @throws RangeError when nothing has a weight
 */
export function createOrderMix(mix: OrderMix): () => OrderKind {
  const total = orderKinds.reduce((sum, kind) => sum + mix[kind], 0);
  if (!(total > 0)) throw new RangeError('a mix of orders needs at least one kind with a weight');
  const owed: Record<OrderKind, number> = { happy: 0, declined: 0, 'out-of-stock': 0 };
  return () => {
    for (const kind of orderKinds) owed[kind] += mix[kind] / total;
    const next = orderKinds.reduce((most, kind) => (owed[kind] > owed[most] ? kind : most));
    owed[next] -= 1;
    return next;
  };
}

/** The body of the `number`th order. */
export function orderBody(kind: OrderKind, number: number): string {
  const product = kind === 'out-of-stock' ? emptyProduct : stockedProducts[number % stockedProducts.length];
  const price = kind === 'declined' ? declinedPrice : 25.5;
  const customer = `load_${number % customers}`;
  return `{"customer_id":"${customer}","items":[{"product_id":"${product}","quantity":1,"price":${price}}]}`;
}
