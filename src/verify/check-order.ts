import type { OrderInput } from '../checkout/order.ts';
import { isTerminal } from '../saga/state.ts';
import type { InvariantName, OrderFile, SagaBook, Violation } from './books.ts';

/** When a live saga counts as stuck. */
export type LivenessBound = {
  readonly nowMs: number;
  /** Longest time from acceptance to an end or a halt. */
  readonly maxLiveMs: number;
};

/**
 * Checks what the services hold about one order against each other: I2 to I6 and I9. The books of a saga that is still
 * live or halted are open and not checked; a step that a person skipped answers to that person.
 */
export function checkOrder(file: OrderFile, { nowMs, maxLiveMs }: LivenessBound): Violation[] {
  const { orderId, saga } = file;
  const statement = checkStatement(file);
  if (saga === undefined) {
    const held = [file.order && 'an order', file.reservation && 'a reservation', file.payment && 'a payment'];
    return [say('I9', orderId, `no saga is left, but ${held.filter(Boolean).join(', ')}`), ...statement];
  }
  if (saga.status === 'halted') return statement;
  if (!isTerminal(saga.status)) {
    const ageMs = nowMs - saga.createdAtMs;
    if (ageMs <= maxLiveMs) return statement;
    return [say('I5', orderId, `still ${saga.status} after ${ageMs} ms`), ...statement];
  }
  const byHand = stepsByHand(saga);
  return [
    ...statement,
    ...(byHand.has('create-order') || byHand.has('confirm-order') ? [] : checkOrderEnd(file, saga)),
    ...(byHand.has('charge-payment') ? [] : checkPayment(file, saga)),
    ...(byHand.has('reserve-stock') ? [] : checkReservation(file, saga)),
  ];
}

const stepsByHand = ({ events }: SagaBook): ReadonlySet<string> =>
  new Set(events.flatMap(({ event }) => (event.type === 'StepSkipped' ? [event.step] : [])));

function checkOrderEnd({ orderId, order }: OrderFile, { status }: SagaBook): Violation[] {
  if (status === 'completed')
    return order?.status === 'confirmed'
      ? []
      : [say('I5', orderId, `its saga completed, but the order is ${order?.status ?? 'missing'}`)];
  return order === undefined || order.status === 'cancelled'
    ? []
    : [say('I5', orderId, `its saga was undone, but the order is ${order.status}`)];
}

function checkPayment({ orderId, order, payment }: OrderFile, saga: SagaBook): Violation[] {
  const kept = payment?.status === 'captured' ? (payment.amountMinor ?? 0) : 0;
  const currency = payment?.currency ?? order?.currency ?? '';
  const sold = saga.status === 'completed' || order?.status === 'confirmed';
  if (!sold) {
    if (payment?.status !== 'captured') return [];
    const message = `${kept} minor units of ${currency} are kept, but the order is not confirmed`;
    return [{ ...say('I3', orderId, message), currency, amountMinor: kept }];
  }
  const due = order?.totalMinor ?? totalOf(saga);
  if (kept === due && payment?.status === 'captured') return [];
  const message = `the order is confirmed over ${due} minor units, but ${kept} are kept (${payment?.status ?? 'no payment'})`;
  return [{ ...say('I2', orderId, message), currency, amountMinor: due - kept }];
}

function totalOf({ events }: SagaBook): number {
  const started = events[0]?.event;
  return started?.type === 'SagaStarted' ? (started.input as unknown as OrderInput).totalMinor : 0;
}

function checkReservation({ orderId, order, reservation }: OrderFile, saga: SagaBook): Violation[] {
  const held = reservation?.status === 'held';
  const sold = saga.status === 'completed' || order?.status === 'confirmed';
  if (held === sold) return [];
  const state = reservation?.status ?? 'missing';
  const message = sold
    ? `the order is confirmed, but its reservation is ${state}`
    : 'its stock is still held, but the order is not confirmed';
  return [say('I4', orderId, message)];
}

/** Money moves at most once each way; what the processor holds in the end is what the payment's row says. */
function checkStatement({ orderId, saga, payment, movements }: OrderFile): Violation[] {
  if (movements === undefined) return [];
  const charges = movements.filter(({ kind }) => kind === 'charge');
  const refunds = movements.filter(({ kind }) => kind === 'refund');
  const found: Violation[] = [];
  if (charges.length > 1) found.push(say('I6', orderId, `it was charged ${charges.length} times`));
  if (refunds.length > 1) found.push(say('I6', orderId, `it was refunded ${refunds.length} times`));
  const open = saga !== undefined && !isTerminal(saga.status);
  const byHand = saga !== undefined && stepsByHand(saga).has('charge-payment');
  if (found.length > 0 || open || byHand) return found;
  const [charge] = charges;
  const holds = charge !== undefined && refunds.length === 0 ? charge.amountMinor : 0;
  const recorded = payment?.status === 'captured' ? (payment.amountMinor ?? 0) : 0;
  if (holds === recorded) return [];
  const message = `the processor holds ${holds} minor units, the payment's row says ${recorded}`;
  return [{ ...say('I3', orderId, message), amountMinor: holds - recorded }];
}

const say = (invariant: InvariantName, orderId: string, message: string): Violation => ({
  invariant,
  orderId,
  message: `order ${orderId}: ${message}`,
});
