import type { InboxAnswer, InboxGroupAnswer } from '../contract/decisions.ts';
import { amountText, timeText } from './order-text.ts';
import { tableText } from './table.ts';
import type { Colours } from './terminal.ts';

/** One row per outage, and for each how to look closer and how to decide. */
export async function inboxText(inbox: InboxAnswer, colours: Colours): Promise<string> {
  const table = await tableText(
    [
      { head: 'SAGAS', align: 'right' },
      { head: 'HALTED AT' },
      { head: 'CAUSE' },
      { head: 'LAST ERROR' },
      { head: 'MONEY AT RISK', align: 'right' },
      { head: 'OLDEST' },
      { head: 'FOR EXAMPLE' },
    ],
    inbox.groups.map((group) => [
      group.sagas,
      group.direction === 'action' ? group.step : `${group.step} (undo)`,
      group.cause,
      group.error ?? '',
      group.money_at_risk.map(({ amount, currency }) => amountText(amount, currency)).join(', '),
      timeText(group.oldest_at),
      group.sample_ids[0] ?? '',
    ]),
    colours,
  );
  const hints = inbox.groups.flatMap((group) => ['', ...hintsOf(group)]);
  return [table, ...hints, ...leftOut(inbox)].join('\n');
}

const hintsOf = (group: InboxGroupAnswer): readonly string[] => [
  `${group.step}, ${group.cause}: ${group.message}`,
  `  ordersaga saga explain ${group.sample_ids[0] ?? ''}`,
  `  ordersaga saga retry ${filterFlags(group)} --reason … --dry-run`,
];

const filterFlags = ({ step, cause, error }: InboxGroupAnswer): string =>
  [`--at ${step}`, `--cause ${cause}`, ...(error === undefined ? [] : [`--error ${error}`])].join(' ');

const leftOut = ({ unreadable, partial, sagas }: InboxAnswer): readonly string[] => [
  ...(unreadable > 0
    ? ['', `${unreadable} more cannot be read by this gateway: ordersaga saga list --status halted`]
    : []),
  ...(partial ? ['', `Only the newest ${sagas} halted sagas were looked at.`] : []),
];
