import { formatMinor } from '../../checkout/money.ts';
import type { OrderInput } from '../../checkout/order.ts';

/** What a compensation does to this order, in words for operators: "release 2 × prod_1", "refund 100.00 USD". */
export function undoEffect(compensation: string, { currency, items, totalMinor }: OrderInput): string {
  switch (compensation) {
    case 'release-stock':
      return `release ${items.map(({ quantity, productId }) => `${quantity} × ${productId}`).join(', ')}`;
    case 'refund-payment':
      return `refund ${formatMinor(totalMinor, currency)} ${currency}`;
    case 'cancel-order':
      return 'mark the order as cancelled';
    default:
      return compensation;
  }
}
