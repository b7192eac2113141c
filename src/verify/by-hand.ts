import { endingByHand } from '../checkout/by-hand.ts';
import { isTerminal } from '../saga/state.ts';
import type { OrderFile } from './books.ts';
import { moneyText } from './order-violation.ts';

/** A step that a person declared as handled by hand. The checks leave it out, so a report has to name it. */
export type HandledByHand = {
  readonly orderId: string;
  /** The operation by its own name, e.g. `refund-payment`. */
  readonly operation: string;
  readonly by: string;
  readonly currency?: string;
  /** What was ordered, in minor units. */
  readonly amountMinor?: number;
  /** How much more is kept for a finished order than it was confirmed over, in minor units. */
  readonly differenceMinor: number;
  /** A sentence for a person. */
  readonly message: string;
};

/** What was handled by hand of one order. */
export function handledByHand(file: OrderFile): readonly HandledByHand[] {
  const { orderId, saga, order, payment } = file;
  if (saga === undefined || saga.byHand.length === 0) return [];
  const currency = order?.currency ?? saga.terms?.currency ?? payment?.currency;
  const amountMinor = order?.totalMinor ?? saga.terms?.totalMinor;
  const kept = payment?.status === 'captured' ? (payment.amountMinor ?? 0) : 0;
  const confirmed = order?.status === 'confirmed' ? order.totalMinor : 0;
  const differenceMinor = isTerminal(saga.status) ? kept - confirmed : 0;
  const text = (minor: number): string => moneyText(minor, currency ?? '');
  const over = amountMinor === undefined ? '' : ` over ${text(amountMinor)}`;
  const makes = differenceMinor === 0 ? '' : `; that is ${text(differenceMinor)} of the difference`;
  const now = `the order is ${order?.status ?? 'missing'} and ${text(kept)} are kept${makes}`;
  return saga.byHand.map(({ operation, by }) => ({
    orderId,
    operation,
    by,
    ...(currency !== undefined && { currency }),
    ...(amountMinor !== undefined && { amountMinor }),
    differenceMinor,
    message: `order ${orderId}${over}: ${operation} was handled by hand, said ${by || 'somebody'}; ${now}`,
  }));
}

/** Whether a saga is finished and its order is not, because a person said that it was ended by hand. */
export function isLeftOpen({ saga, order }: OrderFile): boolean {
  if (saga === undefined) return false;
  const skipped = saga.byHand.map(({ step }) => step);
  const ending = endingByHand(saga.status, skipped);
  if (ending === undefined) return false;
  return order?.status !== (ending === 'confirm-order' ? 'confirmed' : 'cancelled');
}
