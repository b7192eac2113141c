import { z } from 'zod';
import { endingByHand, type OrderEnding } from '../../checkout/by-hand.ts';
import { foretoldEffect } from '../../checkout/effect.ts';
import type { OrderInput } from '../../checkout/order.ts';
import type { ForetoldAnswer } from '../../contract/decisions.ts';
import type { Foretold, ForetoldCall } from '../../saga/foretell.ts';
import type { AnswerOf } from './agreement.ts';

/** A call that lies ahead of a saga. */
export const foretoldSchema = z
  .object({
    step: z.string(),
    direction: z.enum(['action', 'compensation', 'inquiry']),
    operation: z.string(),
    effect: z.string().meta({ example: 'refund 100.00 USD' }),
    unless: z.enum(['in_doubt', 'under_way']).optional().meta({
      description:
        'Why it may turn out to do nothing: the action that it undoes may never have happened, or may be under way and fail.',
    }),
  })
  .meta({ id: 'ForetoldCall' });

/** Absent when nothing is left to a person. */
export const byHandSchema = z.enum(['confirm-order', 'cancel-order']).optional().meta({
  description:
    'The operation that would have ended the order and that a person handles instead: for the customer the order stays as it is until it is ended by hand in the order service.',
});

/** The part of a preview that says what a person must do about the order. */
export function byHandPart({ status, skipped }: Omit<Foretold, 'calls'>): { by_hand?: OrderEnding } {
  const ending = endingByHand(status, skipped);
  return ending === undefined ? {} : { by_hand: ending };
}

export type ForetoldView = AnswerOf<ForetoldAnswer, z.infer<typeof foretoldSchema>>;

const unlessViews = { inDoubt: 'in_doubt', underWay: 'under_way' } as const;

export const viewFromForetold = (call: ForetoldCall, input: OrderInput): ForetoldView => ({
  step: call.step,
  direction: call.direction,
  operation: call.name,
  effect: foretoldEffect(call, input),
  ...(call.unless && { unless: unlessViews[call.unless] }),
});
