import type { InvariantName } from '../contract/books.ts';
import { isTerminal, type SagaStatus } from '../saga/state.ts';
import { invariantNames, type OrderFile, type SagaFacts, type Violation } from './books.ts';
import { type HandledByHand, handledByHand, isLeftOpen } from './by-hand.ts';

/** Money of one currency, in minor units. Big integers, because sums over years outgrow what a number holds exactly. */
export type MoneySums = {
  /** Taken for orders that are finished, given back since or not. */
  captured: bigint;
  refunded: bigint;
  /** Totals of confirmed orders that are finished. */
  confirmed: bigint;
  /** Taken, and not given back so far, for orders that are not finished. */
  atRisk: bigint;
};

/**
 * What was counted on the way through the books. Survives a structured clone, so that threads can send theirs. Grows
 * with products and currencies, never with orders.
 */
export type Tally = {
  readonly sagas: Record<SagaStatus, number>;
  events: number;
  reservations: number;
  payments: number;
  /** Orders that were accepted after the saga log was read; they cannot be judged yet. */
  newer: number;
  readonly money: Map<string, MoneySums>;
  /** Units by product that finished orders hold: they are sold. */
  readonly sold: Map<string, number>;
  /** Units by product that unfinished orders asked for, and may hold. */
  readonly open: Map<string, number>;
  /** Acceptance of the oldest saga that is neither finished nor halted. */
  oldestOpenAtMs: number | undefined;
  /** The first halted sagas. */
  readonly halted: string[];
  /** Finished sagas whose orders a person was to end, and that are not ended. */
  readonly leftOpen: Record<'completed' | 'compensated', number>;
  byHandCount: number;
  /** The first of them. */
  readonly byHand: HandledByHand[];
  readonly violationCounts: Record<InvariantName, number>;
  /** Of them, orders that are only late. */
  lateCount: number;
  /** The first of the others. */
  readonly violations: Violation[];
  /** The first that are only late. Apart, so that an outage does not hide what is wrong. */
  readonly late: Violation[];
};

/** Kept in full; the others are counted. */
export const keptViolations = 1_000;
const keptLate = 100;
const keptHalted = 100;
const keptByHand = 100;

export const createTally = (): Tally => ({
  sagas: { running: 0, compensating: 0, completed: 0, compensated: 0, halted: 0 },
  events: 0,
  reservations: 0,
  payments: 0,
  newer: 0,
  money: new Map(),
  sold: new Map(),
  open: new Map(),
  oldestOpenAtMs: undefined,
  halted: [],
  leftOpen: { completed: 0, compensated: 0 },
  byHandCount: 0,
  byHand: [],
  violationCounts: { I1: 0, I2: 0, I3: 0, I4: 0, I5: 0, I6: 0, I7: 0, I8: 0, I9: 0, I10: 0 },
  lateCount: 0,
  violations: [],
  late: [],
});

export function addViolations(tally: Tally, violations: readonly Violation[]): void {
  for (const violation of violations) {
    tally.violationCounts[violation.invariant] += 1;
    if (violation.isLate) tally.lateCount += 1;
    const [list, kept] = violation.isLate ? [tally.late, keptLate] : [tally.violations, keptViolations];
    if (list.length < kept) list.push(violation);
  }
}

/** Counts one order. */
export function addFile(tally: Tally, file: OrderFile): void {
  const { saga, reservation, payment } = file;
  if (reservation !== undefined) tally.reservations += 1;
  if (payment !== undefined) tally.payments += 1;
  const isOpen = saga !== undefined && !isTerminal(saga.status);
  addMoney(tally, file, isOpen);
  if (isOpen) addUnits(tally.open, saga.terms?.items ?? []);
  else if (reservation?.status === 'held') addUnits(tally.sold, reservation.items);
  if (saga === undefined) return;
  addByHand(tally, file, saga);
  tally.sagas[saga.status] += 1;
  if (saga.status === 'halted') {
    if (tally.halted.length < keptHalted) tally.halted.push(saga.id);
  } else if (isOpen) tally.oldestOpenAtMs = earlier(tally.oldestOpenAtMs, saga.createdAtMs);
}

function addByHand(tally: Tally, file: OrderFile, { status }: SagaFacts): void {
  const found = handledByHand(file);
  tally.byHandCount += found.length;
  tally.byHand.push(...found.slice(0, keptByHand - tally.byHand.length));
  if (isLeftOpen(file) && (status === 'completed' || status === 'compensated')) tally.leftOpen[status] += 1;
}

function addMoney(tally: Tally, { order, payment, saga }: OrderFile, isOpen: boolean): void {
  if (payment?.currency !== undefined && payment.amountMinor !== undefined) {
    const amount = BigInt(payment.amountMinor);
    const sums = sumsOf(tally, payment.currency);
    const isKept = payment.status === 'captured';
    if (isOpen) sums.atRisk += isKept ? amount : 0n;
    else if (isKept) sums.captured += amount;
    else if (payment.status === 'refunded') {
      sums.captured += amount;
      sums.refunded += amount;
    }
  }
  // An order without a saga counts as no sale; that it exists is reported elsewhere.
  if (order?.status === 'confirmed' && saga !== undefined && !isOpen)
    sumsOf(tally, order.currency).confirmed += BigInt(order.totalMinor);
}

function sumsOf({ money }: Tally, currency: string): MoneySums {
  const found = money.get(currency);
  if (found !== undefined) return found;
  const sums = { captured: 0n, refunded: 0n, confirmed: 0n, atRisk: 0n };
  money.set(currency, sums);
  return sums;
}

export function addUnits(
  units: Map<string, number>,
  lines: readonly { readonly productId: string; readonly quantity: number }[],
): void {
  for (const { productId, quantity } of lines) units.set(productId, (units.get(productId) ?? 0) + quantity);
}

const earlier = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || (other !== undefined && other < one) ? other : one;

/** Adds what was counted elsewhere. */
export function addTally(into: Tally, from: Tally): void {
  for (const status of ['running', 'compensating', 'completed', 'compensated', 'halted'] as const)
    into.sagas[status] += from.sagas[status];
  into.events += from.events;
  into.reservations += from.reservations;
  into.payments += from.payments;
  into.newer += from.newer;
  for (const [currency, sums] of from.money) {
    const known = sumsOf(into, currency);
    known.captured += sums.captured;
    known.refunded += sums.refunded;
    known.confirmed += sums.confirmed;
    known.atRisk += sums.atRisk;
  }
  for (const [productId, quantity] of from.sold) addUnits(into.sold, [{ productId, quantity }]);
  for (const [productId, quantity] of from.open) addUnits(into.open, [{ productId, quantity }]);
  into.oldestOpenAtMs = earlier(into.oldestOpenAtMs, from.oldestOpenAtMs);
  into.halted.push(...from.halted.slice(0, keptHalted - into.halted.length));
  for (const status of ['completed', 'compensated'] as const) into.leftOpen[status] += from.leftOpen[status];
  into.byHandCount += from.byHandCount;
  into.byHand.push(...from.byHand.slice(0, keptByHand - into.byHand.length));
  for (const invariant of invariantNames) into.violationCounts[invariant] += from.violationCounts[invariant];
  into.lateCount += from.lateCount;
  into.violations.push(...from.violations.slice(0, keptViolations - into.violations.length));
  into.late.push(...from.late.slice(0, keptLate - into.late.length));
}

export const totalSagas = ({ sagas }: Tally): number =>
  sagas.running + sagas.compensating + sagas.completed + sagas.compensated + sagas.halted;

export const totalViolations = ({ violationCounts }: Tally): number =>
  invariantNames.reduce((sum, invariant) => sum + violationCounts[invariant], 0);
