import { type Command, Option } from 'commander';
import type { Cli, CommandAdder } from '../cli.ts';
import { explanationText } from '../explanation-text.ts';
import { addGatewayOptions, gatewayOf, wantsJson } from '../gateway-options.ts';
import { inboxText } from '../inbox-text.ts';
import { wholeNumberBetween } from '../option-parsers.ts';
import { pauseLines } from '../pause-text.ts';
import { sagaListText, sagaText } from '../saga-text.ts';
import { addInterventions } from './saga-interventions.ts';

/** `saga list|show|inbox|explain|retry|skip|cancel`: what an operator does with sagas. */
export const addSagaCommands: CommandAdder = (program, cli) => {
  const saga = program.command('saga').description('find, understand and repair sagas');
  addList(saga, cli);
  addShow(saga, cli);
  addInbox(saga, cli);
  addExplain(saga, cli);
  addInterventions(saga, cli);
};

const statuses = ['running', 'compensating', 'completed', 'compensated', 'halted'];

type ListOptions = { readonly status?: string; readonly limit: number; readonly cursor?: string };

function addList(group: Command, cli: Cli): void {
  addGatewayOptions(group.command('list'))
    .description('list sagas, newest first')
    .addOption(new Option('--status <status>', 'only these').choices(statuses))
    .option('--limit <n>', 'sagas per page', wholeNumberBetween(1, 200), 50)
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

function addExplain(group: Command, cli: Cli): void {
  addGatewayOptions(group.command('explain'))
    .description('tell what happened to a saga and why, what is open, and what each decision would do')
    .argument('<id>', 'the saga; the same id as its order')
    .action(async (id: string, _options: unknown, command: Command) => {
      const explanation = await gatewayOf(command).explainSaga(id);
      if (wantsJson(command)) cli.terminal.json(explanation);
      else cli.terminal.out(explanationText(explanation, cli.terminal.colours));
    });
}

function addInbox(group: Command, cli: Cli): void {
  addGatewayOptions(group.command('inbox'))
    .description('show what waits for a person, grouped by cause: one outage is one row')
    .action(async (_options: unknown, command: Command) => {
      const gateway = gatewayOf(command);
      const [inbox, engine] = await Promise.all([gateway.readInbox(), gateway.getEngine()]);
      if (wantsJson(command)) return cli.terminal.json(inbox);
      for (const line of pauseLines(engine)) cli.terminal.note(cli.terminal.noteColours.yellow(line));
      if (inbox.sagas === 0) return cli.terminal.note('Nothing waits for a person.');
      cli.terminal.out(await inboxText(inbox, cli.terminal.colours));
    });
}
