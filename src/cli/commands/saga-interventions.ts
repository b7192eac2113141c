import { type Command, Option } from 'commander';
import type { BulkAnswer, DecisionKind, SagaFilter } from '../../contract/decisions.ts';
import { bulkText } from '../bulk-text.ts';
import { type Cli, CliError } from '../cli.ts';
import { addGatewayOptions, gatewayOf, wantsJson } from '../gateway-options.ts';
import { ownName } from '../operator-name.ts';
import { wholeNumberBetween } from '../option-parsers.ts';
import { sagaStatusText } from '../saga-text.ts';

type Options = {
  readonly reason: string;
  readonly operator?: string;
  /** Of a skip. */
  readonly step?: string;
  readonly at?: string;
  readonly status?: 'halted' | 'running';
  readonly cause?: string;
  readonly error?: string;
  readonly limit?: number;
  readonly dryRun?: boolean;
};

const descriptions: Readonly<Record<DecisionKind, string>> = {
  retry: 'give halted sagas a new attempt budget for the step they halted on',
  skip: 'declare the step that sagas halted on as handled by hand, and go on',
  cancel: 'undo everything done so far; refused once the order may be confirmed',
};

/** `saga retry|skip|cancel`: a decision about one saga, several, or all that a filter selects. */
export function addInterventions(group: Command, cli: Cli): void {
  for (const kind of ['retry', 'skip', 'cancel'] as const) addIntervention(group, cli, kind);
}

function addIntervention(group: Command, cli: Cli, kind: DecisionKind): void {
  const command = addGatewayOptions(group.command(kind))
    .description(descriptions[kind])
    .argument('[ids...]', 'the sagas; or select them with the options below')
    .requiredOption('--reason <text>', 'why; kept in the saga log')
    .option('--operator <name>', 'who decides; kept in the saga log (default: your user name)')
    .option('--dry-run', 'show exactly what would be done, and do nothing')
    .addOption(
      new Option('--status <status>', 'select by status (default: halted)').choices(['halted', 'running']),
    )
    .option('--at <step>', 'select by the step they are at')
    .option('--cause <code>', 'select by what halted them, as the inbox shows it')
    .option('--error <code>', 'select by the last error of that step')
    .option('--limit <n>', 'decide about at most this many', wholeNumberBetween(1, 500))
    .addHelpText('after', examples[kind]);
  if (kind === 'skip')
    command.requiredOption(
      '--step <name>',
      'the step they halted on, so that no other one is skipped by mistake',
    );
  // People think of retrying a poisoned or long halted saga as resuming it.
  if (kind === 'retry') command.alias('resume');
  command.action((ids: string[], options: Options) => intervene(command, cli, { kind, ids, options }));
}

const examples: Readonly<Record<DecisionKind, string>> = {
  retry: `
Examples:
  $ ordersaga saga retry ID --reason 'inventory is back'
  $ ordersaga saga retry --at reserve-stock --cause budget_spent --reason 'inventory is back' --dry-run`,
  skip: `
Example:
  $ ordersaga saga skip ID --step reserve-stock --reason 'counted by hand'`,
  cancel: `
Example:
  $ ordersaga saga cancel ID --reason 'customer called' --dry-run     what would be undone`,
};

async function intervene(
  command: Command,
  cli: Cli,
  {
    kind,
    ids,
    options,
  }: { readonly kind: DecisionKind; readonly ids: readonly string[]; readonly options: Options },
): Promise<void> {
  const { reason, operator = ownName(), step, dryRun = false, limit } = options;
  const said = { reason, operator, ...(step !== undefined && { step }) };
  const filter = filterFrom(ids, options);
  if (Object.keys(filter).length === 0)
    throw new CliError('Say which sagas: by id, or with --status, --at, --cause or --error.', 2);
  const [id] = ids;
  if (id !== undefined && ids.length === 1 && Object.keys(filter).length === 1 && !dryRun) {
    const saga = await gatewayOf(command).intervene(id, kind, said);
    if (wantsJson(command)) return cli.terminal.json(saga);
    cli.terminal.out(`${saga.id}  ${sagaStatusText(saga.status, cli.terminal.colours)}`);
    cli.terminal.note(`Recorded ${kind} by ${operator}. Follow it with: ordersaga order watch ${id}`);
    return;
  }
  const bulk = { ...said, kind, filter, dry_run: dryRun, ...(limit !== undefined && { limit }) };
  const answer = await gatewayOf(command).interveneInBulk(bulk);
  if (wantsJson(command)) cli.terminal.json(answer);
  else {
    if (answer.results.length > 0) cli.terminal.out(bulkText(answer, cli.terminal.colours));
    if (dryRun && answer.counts.allowed > 0)
      cli.terminal.note('Nothing was done. To do it, leave out --dry-run.');
    for (const note of restOf(answer)) cli.terminal.note(note);
  }
  if (answer.results.some(({ result }) => result !== 'done' && result !== 'allowed')) cli.exitWith(1);
}

/** What there is besides what was decided about. */
function restOf({ results, has_more }: BulkAnswer): readonly string[] {
  if (results.length > 0)
    return has_more ? ['More sagas match, or may: run it again for the next ones.'] : [];
  return has_more
    ? ['No saga matches among the newest that were looked at. Name older ones by their ids.']
    : ['No saga matches.'];
}

function filterFrom(ids: readonly string[], { status, at, cause, error }: Options): SagaFilter {
  return {
    ...(ids.length > 0 && { ids }),
    ...(status !== undefined && { status }),
    ...(at !== undefined && { step: at }),
    ...(cause !== undefined && { cause }),
    ...(error !== undefined && { error }),
  };
}
