import { z } from 'zod';
import { printablePattern } from '../printable-text.ts';

const printable = (maxLength: number, error = `must be 1 to ${maxLength} printable characters`) =>
  z.string({ error }).regex(printablePattern(maxLength), { error });

const reason = printable(256).meta({ description: 'Why; kept in the saga log.' });

/** A customer's cancel request. */
export const cancelSchema = z.strictObject({ reason: reason.optional() }).meta({ id: 'CancelRequest' });

/** An operator's decision about a saga. */
export const commandSchema = z
  .strictObject({
    reason,
    operator: printable(128)
      .optional()
      .meta({ description: 'Who decides; kept in the saga log. Ignored when the caller has a token.' }),
  })
  .meta({ id: 'SagaCommand' });

/** An operator's decision to declare a step as handled by hand. */
export const skipSchema = commandSchema
  .extend({
    step: printable(64).meta({
      description: 'The step that the saga halted on; named so that a late request cannot skip another one.',
    }),
  })
  .meta({ id: 'SkipCommand' });
