import type { ForetoldCall } from '../saga/foretell.ts';
import type { OrderInput } from './order.ts';
import { orderWords, stepUndoneBy, wordsOf } from './order-steps.ts';

/** What one operation does to this order, in words for operators: "release 2 × prod_1", "refund 100.00 USD". */
export function effectOf(operation: string, input: OrderInput): string {
  const undone = stepUndoneBy(operation);
  const words = undone === undefined ? wordsOf(operation) : wordsOf(undone).undo;
  return words.effect(orderWords(input));
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
