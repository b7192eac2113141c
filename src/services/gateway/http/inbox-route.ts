import { z } from 'zod';
import { decimalFromMinor } from '../../../checkout/money.ts';
import type { InboxAnswer, InboxGroupAnswer } from '../../../contract/decisions.ts';
import type { SagaDefinition } from '../../../saga/definition.ts';
import type { AnswerOf } from '../agreement.ts';
import { type InboxGroup, readInbox } from '../inbox.ts';
import { isoFrom } from '../iso-time.ts';
import type { Sagas } from '../read-sagas.ts';
import { maxLooked } from '../select-sagas.ts';
import { json, jsonResponse, type Route } from './route.ts';

const groupSchema = z
  .object({
    step: z.string(),
    direction: z.enum(['action', 'compensation']),
    cause: z.string().meta({ example: 'budget_spent' }),
    error: z
      .string()
      .optional()
      .meta({ description: 'Code of the last error of that step.', example: 'UNAVAILABLE' }),
    message: z.string().meta({ description: 'Message of the latest of these errors.' }),
    sagas: z.int(),
    cancellable: z.int().meta({ description: 'How many of these sagas a cancel would undo.' }),
    money_at_risk: z
      .array(z.object({ currency: z.string(), amount: z.number() }))
      .meta({ description: 'Money taken, or perhaps taken, for these orders.' }),
    oldest_at: z.iso.datetime().meta({ description: 'When the first of these sagas halted.' }),
    newest_at: z.iso.datetime(),
    sample_ids: z.array(z.uuid()).meta({ description: 'The oldest ones, at most five.' }),
  })
  .meta({ id: 'InboxGroup' });

const inboxSchema = z
  .object({
    groups: z.array(groupSchema),
    sagas: z.int().meta({ description: 'Halted sagas that were looked at.' }),
    unreadable: z
      .int()
      .meta({ description: 'Those of them that this process cannot read: of another version, or damaged.' }),
    partial: z.boolean().meta({ description: `Whether there are more than ${maxLooked} halted sagas.` }),
  })
  .meta({ id: 'Inbox' });

type GroupView = AnswerOf<InboxGroupAnswer, z.infer<typeof groupSchema>>;
type InboxView = AnswerOf<InboxAnswer, z.infer<typeof inboxSchema>>;

/** What waits for a person, one group per outage. */
export function inboxRoute({
  definition,
  sagas,
}: {
  readonly definition: SagaDefinition;
  readonly sagas: Sagas;
}): Route {
  return {
    method: 'get',
    path: '/inbox',
    scope: 'sagas:read',
    problems: [],
    operation: {
      operationId: 'readInbox',
      summary: 'Read what waits for a person, grouped by cause',
      description:
        'Halted sagas that stand at the same step for the same reason are one group. Step, cause and error of a group are a filter for `POST /sagas/commands`.',
      tags: ['Sagas'],
      responses: { '200': jsonResponse('The inbox.', inboxSchema) },
    },
    async handle() {
      const { groups, isPartial, ...counts } = await readInbox(definition, sagas);
      const body: InboxView = {
        groups: groups.map(viewFromGroup),
        ...counts,
        partial: isPartial,
      };
      return json(200, body);
    },
  };
}

const viewFromGroup = (group: InboxGroup): GroupView => ({
  step: group.step,
  direction: group.direction,
  cause: group.cause,
  ...(group.error !== undefined && { error: group.error }),
  message: group.message,
  sagas: group.sagas,
  cancellable: group.cancellable,
  money_at_risk: [...group.moneyAtRisk].map(([currency, amountMinor]) => ({
    currency,
    amount: decimalFromMinor(amountMinor, currency),
  })),
  oldest_at: isoFrom(group.oldestAtMs),
  newest_at: isoFrom(group.newestAtMs),
  sample_ids: [...group.sampleIds],
});
