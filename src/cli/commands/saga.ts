import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import type { Cli, CommandAdder } from '../cli.ts';
import type { Intervention } from '../gateway-client.ts';
import { addGatewayOptions, gatewayOf, wantsJson, wholeNumberBetween } from '../gateway-options.ts';
import { sagaListText, sagaStatusText, sagaText } from '../saga-text.ts';

/** `saga list|show|retry|skip|cancel`: what an operator does with sagas. */
export const addSagaCommands: CommandAdder = (program, cli) => {
  const saga = program.command('saga').description('find, understand and repair sagas');
  addList(saga, cli);
  addShow(saga, cli);
  addIntervention(saga, cli, 'retry', 'give a halted saga a new attempt budget for the step it halted on');
  addIntervention(saga, cli, 'skip', 'declare the step that a saga halted on as handled by hand, and go on');
  addIntervention(
    saga,
    cli,
    'cancel',
    'undo everything done so far; refused once the order may be confirmed',
  );
};

const statuses = ['running', 'compensating', 'completed', 'compensated', 'halted'];

type ListOptions = { readonly status?: string; readonly limit: number; readonly cursor?: string };

function addList(group: Command, cli: Cli): void {
  addGatewayOptions(group.command('list'))
    .description('list sagas, newest first')
    .addOption(new Option('--status <status>', 'only these').choices(statuses))
    .option('--limit <n>', 'sagas of one page', wholeNumberBetween(1, 200), 50)
    .option('--cursor <cursor>', 'go on where the previous page ended')
    .addHelpText('after', '\nExample:\n  $ ordersaga saga list --status halted     what waits for a person')
    .action(async ({ status, limit, cursor }: ListOptions, command: Command) => {
      const page = await gatewayOf(command).listSagas({ status, limit, cursor });
      if (wantsJson(command)) return cli.terminal.json(page);
      if (page.sagas.length === 0) return cli.terminal.note('No sagas.');
      cli.terminal.out(await sagaListText(page.sagas, cli.terminal.colours));
      if (page.next_cursor) cli.terminal.note(`More: --cursor ${page.next_cursor}`);
    });
}

function addShow(group: Command, cli: Cli): void {
  addGatewayOptions(group.command('show'))
    .description('show a saga: its steps and everything that happened')
    .argument('<id>', 'the saga; the same id as its order')
    .action(async (id: string, _options: unknown, command: Command) => {
      const saga = await gatewayOf(command).getSaga(id);
      if (wantsJson(command)) cli.terminal.json(saga);
      else cli.terminal.out(await sagaText(saga, cli.terminal.colours));
    });
}

function addIntervention(
  group: Command,
  cli: Cli,
  what: 'retry' | 'skip' | 'cancel',
  description: string,
): void {
  const command = addGatewayOptions(group.command(what))
    .description(description)
    .argument('<id>', 'the saga')
    .requiredOption('--reason <text>', 'why; kept in the saga log')
    .option('--operator <name>', 'who decides; kept in the saga log (default: your user name)');
  if (what === 'skip')
    command.requiredOption(
      '--step <name>',
      'the step it halted on, so that no other one is skipped by mistake',
    );
  command.action(async (id: string, options: Partial<Intervention> & { reason: string }) => {
    const { reason, operator = userInfo().username, step } = options;
    const saga = await gatewayOf(command).intervene(id, what, {
      reason,
      operator,
      ...(step === undefined ? {} : { step }),
    });
    if (wantsJson(command)) return cli.terminal.json(saga);
    cli.terminal.out(`${saga.id}  ${sagaStatusText(saga.status, cli.terminal.colours)}`);
    cli.terminal.note(`Recorded ${what} by ${operator}. Follow it with: ordersaga order watch ${id}`);
  });
}
