import { z } from 'zod';
import type { SagaCommand, SkipCommand } from '../../../contract/decisions.ts';
import type { RequestOf } from '../agreement.ts';
import { printableText } from '../printable-text.ts';

const reason = printableText(256).meta({ description: 'Why; kept in the saga log.' });

/** A customer's cancel request. */
export const cancelSchema = z.strictObject({ reason: reason.optional() }).meta({ id: 'CancelRequest' });

/** An operator's decision about a saga. */
export const commandSchema = z
  .strictObject({
    reason,
    operator: printableText(128)
      .optional()
      .meta({ description: 'Who decides; kept in the saga log. Ignored when the caller has a token.' }),
  })
  .meta({ id: 'SagaCommand' });

export type CommandBody = RequestOf<SagaCommand, z.infer<typeof commandSchema>>;

/** An operator's decision to declare a step as handled by hand. */
export const skipSchema = commandSchema
  .extend({
    step: printableText(64).meta({
      description: 'The step that the saga halted on; named so that a late request cannot skip another one.',
    }),
  })
  .meta({ id: 'SkipCommand' });

export type SkipBody = RequestOf<SkipCommand, z.infer<typeof skipSchema>>;
