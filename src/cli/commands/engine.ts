import type { Command } from 'commander';
import type { EngineAnswer } from '../../contract/engine.ts';
import type { Cli, CommandAdder } from '../cli.ts';
import { addGatewayOptions, gatewayOf, wantsJson } from '../gateway-options.ts';
import { ownName } from '../operator-name.ts';
import { engineText, pauseLines } from '../pause-text.ts';

/** `pause`, `resume` and `engine`: holding calls back while a participant is being worked on. */
export const addEngineCommands: CommandAdder = (program, cli) => {
  addSwitch(program, cli, {
    to: 'pause',
    description: 'hold back all calls, or those to one participant; orders are accepted and wait',
  }).addHelpText(
    'after',
    `
Calls under way end. Deadlines keep running: an order that is not confirmed within its deadline (15 minutes by default) turns
back, and its undo waits, too. A pause outlives a restart and holds for every process that shares the saga log.

Examples:
  $ ordersaga pause --reason 'new disks for payment' --participant payment
  $ ordersaga resume --reason 'disks are in' --participant payment`,
  );
  addSwitch(program, cli, {
    to: 'resume',
    description: 'end a pause; give --participant if the pause had one',
  });
  addGatewayOptions(program.command('engine'))
    .description('show the state of the engine: pauses, live sagas, circuit breakers')
    .action(async (_options: unknown, command: Command) => {
      show(await gatewayOf(command).getEngine(), command, cli);
    });
};

type SwitchOptions = { readonly reason: string; readonly operator?: string; readonly participant?: string };

type Switch = { readonly to: 'pause' | 'resume'; readonly description: string };

function addSwitch(program: Command, cli: Cli, { to, description }: Switch): Command {
  return addGatewayOptions(program.command(to))
    .description(description)
    .requiredOption('--reason <text>', 'why; recorded')
    .option('--participant <name>', 'only the calls to order, inventory or payment')
    .option('--operator <name>', 'who decides; recorded (default: your user name)')
    .action(async (options: SwitchOptions, command: Command) => {
      const { reason, participant, operator = ownName() } = options;
      const request = { reason, operator, ...(participant !== undefined && { participant }) };
      show(await gatewayOf(command).switchEngine(to, request), command, cli);
    });
}

function show(engine: EngineAnswer, command: Command, { terminal }: Cli): void {
  if (wantsJson(command)) {
    terminal.json(engine);
    return;
  }
  terminal.out(engineText(engine, terminal.colours));
  for (const line of pauseLines(engine)) terminal.note(terminal.noteColours.yellow(line));
}
