import { isStepName, type StepName } from '../checkout/order-steps.ts';
import { isTerminal } from '../saga/state.ts';
import type { OrderFile, SagaFacts, Violation } from './books.ts';
import { checkTerms } from './check-terms.ts';
import { moneyText, violationOf } from './order-violation.ts';

/** When a live saga counts as stuck. */
export type LivenessBound = {
  readonly nowMs: number;
  /** Longest time from acceptance to an end or a halt. */
  readonly maxLiveMs: number;
};

/** The saga's own deadline of 15 minutes, and time to undo what was done by then. */
export const defaultMaxAgeMs = 30 * 60_000;

/**
 * Checks what the services hold about one order against each other: I2 to I6 and I9. While a saga is live or halted its
 * books are open, and only what holds at any time is checked: what was ordered never changes, and what its log says was
 * done is on record. A step that a person skipped answers to that person.
 *
 * The saga must have been read before the services' rows were: then the rows show every end that the saga had reached.
 */
export function checkOrder(file: OrderFile, bound: LivenessBound): Violation[] {
  const { saga } = file;
  if (saga === undefined) return [...orphan(file), ...checkStatement(file)];
  const isOpen = !isTerminal(saga.status);
  return [
    ...checkStatement(file),
    ...checkTerms(file, saga),
    ...checkSteps(file, saga),
    // For a completed saga, the checks of its end cover this.
    ...(saga.status === 'completed' ? [] : [...checkEffects(file, saga), ...checkUndone(file, saga)]),
    ...(isOpen ? [...checkStanding(file, saga), ...checkOpen(file, saga, bound)] : checkEnd(file, saga)),
  ];
}

/** Whether a person declared a step as handled by hand. */
const isByHand = ({ byHand }: SagaFacts, step: StepName): boolean =>
  byHand.some((skip) => skip.step === step);

const checkEnd = (file: OrderFile, saga: SagaFacts): Violation[] => [
  ...checkOrderEnd(file, saga),
  ...checkPayment(file, saga),
  ...checkReservation(file, saga),
];

function orphan({ orderId, order, reservation, payment }: OrderFile): Violation[] {
  const held = [order && 'an order', reservation && 'a reservation', payment && 'a payment'].filter(Boolean);
  if (held.length === 0) return [];
  const { currency, amountMinor } = payment ?? {};
  const money = {
    ...(currency !== undefined && { currency }),
    ...(amountMinor !== undefined && { amountMinor }),
  };
  return [violationOf(orderId)('I9', `no saga is left, but ${held.join(', ')}`, money)];
}

/** What is wrong with an order that is under way, whatever it does next. */
function checkOpen(file: OrderFile, saga: SagaFacts, { nowMs, maxLiveMs }: LivenessBound): Violation[] {
  const { orderId, order } = file;
  const violation = violationOf(orderId);
  const contradiction =
    saga.status === 'compensating' && order?.status === 'confirmed'
      ? [violation('I5', 'it is being undone, but the order is confirmed')]
      : [];
  // Nobody drives a halted saga, so payment and stock of a confirmed order must be there: both came before, and nothing
  // undoes them.
  if (saga.status === 'halted')
    return order?.status === 'confirmed'
      ? [...checkPayment(file, saga), ...checkReservation(file, saga)]
      : [];
  const ageMs = nowMs - saga.createdAtMs;
  if (ageMs <= maxLiveMs) return contradiction;
  const late = violation('I5', `still ${saga.status} after ${Math.floor(ageMs / 1_000)} s`);
  return [...contradiction, { ...late, isLate: true }];
}

/** I8: a step that no order has, so that nothing can be said about it. */
function checkSteps({ orderId }: OrderFile, { effects, undone, byHand }: SagaFacts): Violation[] {
  const unknown = new Set(
    [...effects, ...undone, ...byHand.map(({ step }) => step)].filter((step) => !isStepName(step)),
  );
  return [...unknown].map((step) =>
    violationOf(orderId)('I8', `its log tells of ${step}, a step that is not known`),
  );
}

/** I9: what the log says took effect has left a row, undone since or not. */
function checkEffects(file: OrderFile, saga: SagaFacts): Violation[] {
  return saga.effects.filter(isStepName).flatMap((step) => {
    const { row, status = 'missing', isRecorded } = effectOn(file, step);
    if (isRecorded || isByHand(saga, step)) return [];
    return [
      violationOf(file.orderId)('I9', `its log says that ${step} took effect, but the ${row} is ${status}`),
    ];
  });
}

type Effect = {
  readonly row: 'order' | 'reservation' | 'payment';
  readonly status: string | undefined;
  /** Whether the row is one that the step's action leaves, undone since or not. */
  readonly isRecorded: boolean;
};

function effectOn({ order, reservation, payment }: OrderFile, step: StepName): Effect {
  switch (step) {
    case 'create-order':
      return { row: 'order', status: order?.status, isRecorded: order !== undefined };
    case 'reserve-stock': {
      const status = reservation?.status;
      return { row: 'reservation', status, isRecorded: status === 'held' || status === 'released' };
    }
    case 'charge-payment': {
      const status = payment?.status;
      return { row: 'payment', status, isRecorded: status === 'captured' || status === 'refunded' };
    }
    case 'confirm-order':
      return { row: 'order', status: order?.status, isRecorded: order?.status === 'confirmed' };
    default:
      return step satisfies never;
  }
}

/**
 * I9: a release or a refund leaves a row, even where there was nothing to give back: the tombstone that keeps a late
 * action from taking effect. An order that was never created leaves nothing.
 */
function checkUndone({ orderId, reservation, payment }: OrderFile, { undone }: SagaFacts): Violation[] {
  const leavesNothing: readonly StepName[] = [
    ...(reservation === undefined ? (['reserve-stock'] as const) : []),
    ...(payment === undefined ? (['charge-payment'] as const) : []),
  ];
  const gone = leavesNothing.filter((step) => undone.includes(step));
  return gone.map((step) =>
    violationOf(orderId)('I9', `its log says that ${step} was undone, but of that nothing is recorded`),
  );
}

/** I3, I4, I5: what was undone is never done again, so it does not stand, even while the rest of its order is open. */
function checkStanding({ orderId, order, reservation, payment }: OrderFile, saga: SagaFacts): Violation[] {
  const say = violationOf(orderId);
  const found: Violation[] = [];
  const isUndone = (step: StepName): boolean => saga.undone.includes(step) && !isByHand(saga, step);
  const but = (step: StepName): string => `but its log says that ${step} was undone`;
  if (isUndone('charge-payment') && payment?.status === 'captured') {
    const { currency = '', amountMinor = 0 } = payment;
    const message = `${moneyText(amountMinor, currency)} are kept, ${but('charge-payment')}`;
    found.push(say('I3', message, { currency, amountMinor }));
  }
  if (isUndone('reserve-stock') && reservation?.status === 'held')
    found.push(say('I4', `its stock is still held, ${but('reserve-stock')}`));
  if (isUndone('create-order') && order !== undefined && order.status !== 'cancelled')
    found.push(say('I5', `the order is ${order.status}, ${but('create-order')}`));
  return found;
}

function checkOrderEnd({ orderId, order }: OrderFile, saga: SagaFacts): Violation[] {
  const { status } = saga;
  if (isByHand(saga, 'create-order') || isByHand(saga, 'confirm-order')) return [];
  const violation = violationOf(orderId);
  if (status === 'completed')
    return order?.status === 'confirmed'
      ? []
      : [violation('I5', `its saga completed, but the order is ${order?.status ?? 'missing'}`)];
  return order === undefined || order.status === 'cancelled'
    ? []
    : [violation('I5', `its saga was undone, but the order is ${order.status}`)];
}

function checkPayment({ orderId, order, payment }: OrderFile, saga: SagaFacts): Violation[] {
  if (isByHand(saga, 'charge-payment')) return [];
  const violation = violationOf(orderId);
  const kept = payment?.status === 'captured' ? (payment.amountMinor ?? 0) : 0;
  const currency = payment?.currency ?? order?.currency ?? saga.terms?.currency ?? '';
  const isSold = saga.status === 'completed' || order?.status === 'confirmed';
  if (!isSold) {
    if (payment?.status !== 'captured') return [];
    const message = `${moneyText(kept, currency)} are kept, but the order is not confirmed`;
    return [violation('I3', message, { currency, amountMinor: kept })];
  }
  const due = order?.totalMinor ?? saga.terms?.totalMinor ?? 0;
  if (kept === due && payment?.status === 'captured') return [];
  const state = payment?.status ?? 'no payment';
  const message = `the order is confirmed over ${moneyText(due, currency)}, but ${moneyText(kept, currency)} are kept (${state})`;
  return [violation('I2', message, { currency, amountMinor: due - kept })];
}

function checkReservation({ orderId, order, reservation }: OrderFile, saga: SagaFacts): Violation[] {
  if (isByHand(saga, 'reserve-stock')) return [];
  const isHeld = reservation?.status === 'held';
  const isSold = saga.status === 'completed' || order?.status === 'confirmed';
  if (isHeld === isSold) return [];
  const state = reservation?.status ?? 'missing';
  const [line] = reservation?.items ?? saga.terms?.items ?? [];
  const message = isSold
    ? `the order is confirmed, but its reservation is ${state}`
    : 'its stock is still held, but the order is not confirmed';
  return [violationOf(orderId)('I4', message, line && { productId: line.productId })];
}

/** Money moves at most once each way; what the processor holds in the end is what the payment's row says. */
function checkStatement({ orderId, saga, payment, movements }: OrderFile): Violation[] {
  if (movements === undefined) return [];
  const violation = violationOf(orderId);
  const charges = movements.filter(({ kind }) => kind === 'charge');
  const refunds = movements.filter(({ kind }) => kind === 'refund');
  const found: Violation[] = [];
  if (charges.length > 1) found.push(violation('I6', `it was charged ${charges.length} times`));
  if (refunds.length > 1) found.push(violation('I6', `it was refunded ${refunds.length} times`));
  const isOpen = saga !== undefined && !isTerminal(saga.status);
  if (found.length > 0 || isOpen || (saga && isByHand(saga, 'charge-payment'))) return found;
  const [charge] = charges;
  const holds = charge !== undefined && refunds.length === 0 ? charge.amountMinor : 0;
  const recorded = payment?.status === 'captured' ? (payment.amountMinor ?? 0) : 0;
  if (holds === recorded) return [];
  const currency = charge?.currency ?? payment?.currency ?? '';
  const message = `the processor holds ${moneyText(holds, currency)}, the payment's row says ${moneyText(recorded, currency)}`;
  return [violation('I3', message, { currency, amountMinor: holds - recorded })];
}
