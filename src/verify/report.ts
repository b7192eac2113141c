import { formatMinor } from '../checkout/money.ts';
import type { BooksReport, InvariantName, ReportByHand, ReportViolation } from '../contract/books.ts';
import { invariantNames, type StockBook, type Violation } from './books.ts';
import type { HandledByHand } from './by-hand.ts';
import { type MoneySums, type Tally, totalSagas, totalViolations } from './tally.ts';

/** The outcome of a check of the books. */
export type Report = BooksReport;

/** What a report is written from. */
export type ReportParts = {
  readonly tally: Tally;
  readonly stock: readonly StockBook[];
  /** Idempotency keys that were checked. */
  readonly keys: number;
  readonly source: Report['source'];
  readonly asOfMs: number;
  readonly notes: readonly string[];
};

/** Mentions orders that were too new to be judged, if there were any. */
export const notesOnNewer = ({ newer }: Tally): readonly string[] =>
  newer === 0
    ? []
    : [
        `${count(newer, 'order')} ${newer === 1 ? 'was' : 'were'} accepted after the saga log was read; not judged here.`,
      ];

/** Puts what was counted and found into the words of a report. */
export function reportFrom(parts: ReportParts): Report {
  const { tally, source, asOfMs, notes } = parts;
  const { sagas, leftOpen, oldestOpenAtMs } = tally;
  const violationCount = totalViolations(tally);
  return {
    result: resultOf(violationCount, tally.lateCount),
    source,
    as_of: isoFrom(asOfMs),
    orders: {
      accepted: totalSagas(tally),
      confirmed: sagas.completed - leftOpen.completed,
      cancelled: sagas.compensated - leftOpen.compensated,
      by_hand: leftOpen.completed + leftOpen.compensated,
      unfinished: sagas.running + sagas.compensating,
      halted: sagas.halted,
    },
    events: tally.events,
    money: [...tally.money].sort(byKey).map(moneyRow),
    stock: stockRows(parts),
    checks: invariantNames.map((invariant) => ({
      invariant,
      promise: promises[invariant],
      compared: comparedFor(invariant, parts),
      violations: tally.violationCounts[invariant],
    })),
    halted_orders: tally.halted,
    ...(oldestOpenAtMs !== undefined && {
      oldest_unfinished_s: Math.max(0, Math.floor((asOfMs - oldestOpenAtMs) / 1_000)),
    }),
    by_hand: tally.byHand.map(byHandRow),
    by_hand_count: tally.byHandCount,
    violations: [...tally.violations, ...tally.late].map(violationRow),
    violation_count: violationCount,
    late_count: tally.lateCount,
    notes,
  };
}

function resultOf(violations: number, late: number): Report['result'] {
  if (violations === 0) return 'balanced';
  return violations === late ? 'late' : 'violated';
}

const byKey = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1;

const promises: Readonly<Record<InvariantName, string>> = {
  I1: 'Stock adds up: stocked = available + held + sold',
  I2: 'Money kept is the total of the confirmed orders, each as it was ordered',
  I3: 'No money is kept for an order that is not confirmed',
  I4: 'Every reservation is sold or given back',
  I5: 'Every order is finished in time, or halted and listed',
  I6: 'One key makes one order, and one order one charge',
  I7: 'What is undone is undone last step first, and nothing is left out',
  I8: 'The log is whole, legal and as it was written',
  I9: 'Nothing that was acknowledged or done is missing',
  I10: 'What is finished never changes',
};

/** The checks that take a person's word for what was done by hand. */
const trusting: ReadonlySet<InvariantName> = new Set(['I2', 'I3', 'I4', 'I5', 'I7', 'I9']);

function comparedFor(invariant: InvariantName, parts: ReportParts): string {
  const { byHandCount } = parts.tally;
  const leftOut = byHandCount > 0 && trusting.has(invariant) ? `; ${count(byHandCount, 'step')} by hand` : '';
  return countedFor(invariant, parts) + leftOut;
}

function countedFor(invariant: InvariantName, { tally, stock, keys }: ReportParts): string {
  const { sagas, leftOpen, events, payments, reservations } = tally;
  const confirmed = sagas.completed - leftOpen.completed;
  const finished = sagas.completed + sagas.compensated;
  switch (invariant) {
    case 'I1':
      return `${count(stock.length, 'product')}, ${count(reservations, 'reservation')}`;
    case 'I2':
      return `${count(confirmed, 'confirmed order')}, ${count(payments, 'payment')}`;
    case 'I3':
      return `${count(payments, 'payment')}, ${count(finished, 'finished order')}`;
    case 'I4':
      return `${count(reservations, 'reservation')}, ${count(finished, 'finished order')}`;
    case 'I5':
      return count(totalSagas(tally), 'order');
    case 'I6':
      return `${count(keys, 'idempotency key')}, ${count(payments, 'payment')}`;
    case 'I7':
      return count(sagas.compensated + sagas.compensating, 'undone order');
    case 'I8':
      return `${count(events, 'log row')} of ${count(totalSagas(tally), 'saga')}`;
    case 'I9':
      return `${count(totalSagas(tally), 'order')}, ${count(keys, 'idempotency key')}`;
    case 'I10':
      return count(finished, 'finished order');
    default:
      return invariant satisfies never;
  }
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

function moneyRow([currency, { captured, refunded, confirmed, atRisk }]: readonly [
  string,
  MoneySums,
]): Report['money'][number] {
  const text = (amount: bigint): string => formatMinor(amount, currency);
  const kept = captured - refunded;
  return {
    currency,
    captured: text(captured),
    refunded: text(refunded),
    kept: text(kept),
    confirmed: text(confirmed),
    difference: text(kept - confirmed),
    at_risk: text(atRisk),
  };
}

function stockRows({ tally, stock }: ReportParts): Report['stock'] {
  return stock.map(({ productId, stocked, available, reserved }) => {
    // What was sold between the two reads counts as held.
    const sold = Math.min(tally.sold.get(productId) ?? 0, reserved);
    return {
      product_id: productId,
      stocked,
      available,
      held: reserved - sold,
      sold,
      difference: stocked - available - reserved,
    };
  });
}

function byHandRow({
  orderId,
  operation,
  by,
  currency,
  amountMinor,
  differenceMinor,
  message,
}: HandledByHand): ReportByHand {
  return {
    order_id: orderId,
    operation,
    operator: by,
    ...(currency !== undefined && { currency }),
    ...(amountMinor !== undefined && { amount: formatMinor(amountMinor, currency ?? '') }),
    ...(differenceMinor !== 0 && { difference: formatMinor(differenceMinor, currency ?? '') }),
    message,
  };
}

function violationRow({
  invariant,
  orderId,
  productId,
  currency,
  amountMinor,
  message,
}: Violation): ReportViolation {
  return {
    invariant,
    ...(orderId !== undefined && { order_id: orderId }),
    ...(productId !== undefined && { product_id: productId }),
    ...(currency !== undefined && { currency }),
    ...(amountMinor !== undefined && { amount: formatMinor(amountMinor, currency ?? '') }),
    message,
  };
}

const isoFrom = (ms: number): string => new Date(ms).toISOString();
