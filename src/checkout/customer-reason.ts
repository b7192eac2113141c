import type { Cause } from '../saga/event.ts';

// A map, not an object: codes come from participants, and an object also answers to `constructor`.
const reasons: ReadonlyMap<string, string> = new Map([
  ['payment_declined', 'Payment was declined.'],
  ['out_of_stock', 'One or more items are out of stock.'],
  ['unknown_product', 'One or more items are not available.'],
  ['cancel_requested', 'The order was cancelled on request.'],
  ['deadline_exceeded', 'The order could not be completed in time.'],
]);

/** Why an order was cancelled, in words for the customer. Never an internal error, whatever the cause. */
export const customerReason = ({ code }: Cause): string =>
  reasons.get(code) ?? 'The order could not be completed. Any payment was given back.';
