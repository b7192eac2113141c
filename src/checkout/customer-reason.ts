import type { Cause } from '../saga/event.ts';

const reasons: Readonly<Record<string, string>> = {
  payment_declined: 'Payment was declined.',
  out_of_stock: 'One or more items are out of stock.',
  unknown_product: 'One or more items are not available.',
  cancel_requested: 'The order was cancelled on request.',
  deadline_exceeded: 'The order could not be completed in time.',
};

/** Why an order was cancelled, in words for the customer. Never an internal error, whatever the cause. */
export const customerReason = ({ code }: Cause): string =>
  reasons[code] ?? 'The order could not be completed. Any payment was given back.';
