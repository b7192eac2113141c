import type { ForetoldCall } from '../saga/foretell.ts';
import { formatMinor } from './money.ts';
import type { OrderInput } from './order.ts';

/** What one operation does to this order, in words for operators: "release 2 × prod_1", "refund 100.00 USD". */
export function effectOf(operation: string, { currency, items, totalMinor }: OrderInput): string {
  const units = (): string => items.map(({ quantity, productId }) => `${quantity} × ${productId}`).join(', ');
  const amount = (): string => `${formatMinor(totalMinor, currency)} ${currency}`;
  switch (operation) {
    case 'create-order':
      return 'record the order';
    case 'reserve-stock':
      return `reserve ${units()}`;
    case 'charge-payment':
      return `charge ${amount()}`;
    case 'confirm-order':
      return 'confirm the order';
    case 'release-stock':
      return `release ${units()}`;
    case 'refund-payment':
      return `refund ${amount()}`;
    case 'cancel-order':
      return 'mark the order as cancelled';
    default:
      return operation;
  }
}

/** What a call that lies ahead will do, and what that depends on. */
export function foretoldEffect({ name, step, direction, unless }: ForetoldCall, input: OrderInput): string {
  if (direction === 'inquiry') return `ask whether it happened: ${effectOf(step, input)}`;
  const effect = effectOf(name, input);
  if (unless === undefined) return effect;
  return unless === 'inDoubt'
    ? `${effect}, if ${step} ever took effect`
    : `${effect}, if the call of ${step} that may be under way takes effect`;
}
