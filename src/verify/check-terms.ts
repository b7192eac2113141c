import type { OrderInput } from '../checkout/order.ts';
import type { OrderFile, SagaFacts, Violation } from './books.ts';
import { moneyText, violationOf } from './order-violation.ts';

type Line = { readonly productId: string; readonly quantity: number; readonly priceMinor?: number };

/**
 * Holds the rows of an order against what the customer ordered, which the saga log keeps under its hashes. Rows get
 * these values when they are made and never change them, so this holds for unfinished orders too.
 */
export function checkTerms(file: OrderFile, { terms }: SagaFacts): Violation[] {
  if (terms === undefined) return [];
  return [...checkOrderTerms(file, terms), ...checkReserved(file, terms), ...checkCharged(file, terms)];
}

function checkOrderTerms({ orderId, order }: OrderFile, terms: OrderInput): Violation[] {
  if (order === undefined) return [];
  const { currency, totalMinor, items } = order;
  const violation = violationOf(orderId);
  if (currency !== terms.currency || totalMinor !== terms.totalMinor) {
    const message = `${moneyText(terms.totalMinor, terms.currency)} was ordered, but the order says ${moneyText(totalMinor, currency)}`;
    return [violation('I2', message, { currency, amountMinor: totalMinor - terms.totalMinor })];
  }
  if (items === undefined) return [];
  return unlikeLines(terms.items, items).map(([productId, ordered, found]) =>
    violation(
      'I2',
      `${linesText(productId, ordered)} was ordered, but the order says ${linesText(productId, found)}`,
      {
        productId,
      },
    ),
  );
}

/** A release that came before any reserve leaves a reservation without lines. */
function checkReserved({ orderId, reservation }: OrderFile, terms: OrderInput): Violation[] {
  if (reservation === undefined) return [];
  if (reservation.status === 'released' && reservation.items.length === 0) return [];
  return unlikeLines(withoutPrices(terms.items), reservation.items).map(([productId, ordered, found]) =>
    violationOf(orderId)(
      'I4',
      `${linesText(productId, ordered)} was ordered, but its reservation says ${linesText(productId, found)}`,
      { productId },
    ),
  );
}

function checkCharged({ orderId, payment, saga }: OrderFile, terms: OrderInput): Violation[] {
  if (payment === undefined || payment.status === 'voided') return [];
  const { currency = '', amountMinor = 0, reference } = payment;
  const violation = violationOf(orderId);
  if (currency !== terms.currency || amountMinor !== terms.totalMinor) {
    const message = `${moneyText(terms.totalMinor, terms.currency)} was ordered, but the payment says ${moneyText(amountMinor, currency)}`;
    return [violation('I2', message, { currency, amountMinor: amountMinor - terms.totalMinor })];
  }
  const logged = saga?.chargeReference;
  if (logged === undefined || reference === undefined || logged === reference) return [];
  return [
    violation('I6', `its log knows the charge ${logged}, its payment the charge ${reference}`, {
      currency,
      amountMinor,
    }),
  ];
}

const withoutPrices = (lines: readonly Line[]): Line[] =>
  lines.map(({ productId, quantity }) => ({ productId, quantity }));

/** Lines of one product count together, so that services may join them. */
type Sum = { readonly quantity: number; readonly amountMinor: number };

/** The products on which two lists differ, and what each says. */
function unlikeLines(ordered: readonly Line[], found: readonly Line[]): [string, Sum, Sum][] {
  if (sameLines(ordered, found)) return [];
  const left = sumsByProduct(ordered);
  const right = sumsByProduct(found);
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((productId) => {
    const [one = nothing, other = nothing] = [left.get(productId), right.get(productId)];
    const same = one.quantity === other.quantity && one.amountMinor === other.amountMinor;
    return same ? [] : [[productId, one, other] satisfies [string, Sum, Sum]];
  });
}

const nothing: Sum = { quantity: 0, amountMinor: 0 };

/** The common case, decided without building maps for each of a million orders. */
const sameLines = (ordered: readonly Line[], found: readonly Line[]): boolean =>
  ordered.length === found.length &&
  ordered.every(({ productId, quantity, priceMinor }, index) => {
    const other = found[index];
    return other?.productId === productId && other.quantity === quantity && other.priceMinor === priceMinor;
  });

function sumsByProduct(lines: readonly Line[]): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const { productId, quantity, priceMinor = 0 } of lines) {
    const sum = sums.get(productId) ?? nothing;
    sums.set(productId, {
      quantity: sum.quantity + quantity,
      amountMinor: sum.amountMinor + quantity * priceMinor,
    });
  }
  return sums;
}

const linesText = (productId: string, { quantity, amountMinor }: Sum): string =>
  amountMinor === 0
    ? `${quantity} × ${productId}`
    : `${quantity} × ${productId} over ${amountMinor} minor units`;
