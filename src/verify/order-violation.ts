import { formatMinor } from '../checkout/money.ts';
import type { InvariantName } from '../contract/books.ts';
import type { Violation } from './books.ts';

type MakeViolation = (
  invariant: InvariantName,
  message: string,
  amounts?: Pick<Violation, 'productId' | 'currency' | 'amountMinor'>,
) => Violation;

/** Makes violations about one order, each worded as a sentence about it. */
export const violationOf =
  (orderId: string): MakeViolation =>
  (invariant, message, amounts) => ({
    invariant,
    orderId,
    ...amounts,
    message: `order ${orderId}: ${message}`,
  });

/** "50.00 USD". */
export const moneyText = (amountMinor: number, currency: string): string =>
  `${formatMinor(amountMinor, currency)} ${currency}`.trimEnd();
