import { formatMinor } from '../checkout/money.ts';
import type { InvariantName } from '../contract/books.ts';
import type { Violation } from './books.ts';

type Say = (
  invariant: InvariantName,
  message: string,
  amounts?: Pick<Violation, 'productId' | 'currency' | 'amountMinor'>,
) => Violation;

/** Words a violation as a sentence about one order. */
export const sayOf =
  (orderId: string): Say =>
  (invariant, message, amounts) => ({
    invariant,
    orderId,
    ...amounts,
    message: `order ${orderId}: ${message}`,
  });

/** "50.00 USD". */
export const moneyText = (amountMinor: number, currency: string): string =>
  `${formatMinor(amountMinor, currency)} ${currency}`.trimEnd();
