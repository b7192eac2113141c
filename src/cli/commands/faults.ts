import type { Command } from 'commander';
import type { FaultsAnswer } from '../../contract/faults.ts';
import type { Cli, CommandAdder } from '../cli.ts';
import { CliError } from '../cli.ts';
import { addGatewayOptions, gatewayOf, wantsJson } from '../gateway-options.ts';
import { GatewayError } from '../http-call.ts';
import { wholeNumberBetween } from '../option-parsers.ts';
import { tableText } from '../table.ts';

const kinds = `
A fault is written SERVICE.METHOD=KIND[:PROBABILITY]; without METHOD it is for all methods.

  error-before, error-after      INTERNAL without and with the effect
  timeout-before, timeout-after  no answer, without and with the effect
  lost-reply                     the effect, then a connection that breaks
  duplicate                      the call comes twice at once
  delay:MS                       the call takes effect later, even if nobody waits any more
  partition                      nothing gets through, e.g. payment=partition

Examples:
  $ ordersaga start --enable-faults
  $ ordersaga faults set payment.charge=lost-reply:0.1 inventory.reserve=delay:500:50%
  $ ordersaga faults clear`;

/** `faults set|list|clear`: makes calls to participants go wrong on purpose. */
export const addFaultsCommands: CommandAdder = (program, cli) => {
  const faults = program
    .command('faults')
    .description('make calls to participants go wrong on purpose (needs start --enable-faults)')
    .addHelpText('after', kinds);
  addGatewayOptions(faults.command('list'))
    .description('list the injected faults and how often each happened')
    .action((_options: unknown, command: Command) => show(cli, command, gatewayOf(command).listFaults()));
  addGatewayOptions(faults.command('set'))
    .description('inject these faults, in place of all set before')
    .argument('<fault...>', 'SERVICE.METHOD=KIND[:PROBABILITY]')
    .option('--seed <n>', 'decides which calls go wrong', wholeNumberBetween(0, 4_294_967_295))
    .action((list: readonly string[], { seed }: { readonly seed?: number }, command: Command) => {
      const wanted = { faults: list, ...(seed !== undefined && { seed }) };
      return show(cli, command, gatewayOf(command).setFaults(wanted));
    });
  addGatewayOptions(faults.command('clear'))
    .description('end all faults')
    .action((_options: unknown, command: Command) =>
      show(cli, command, gatewayOf(command).setFaults({ faults: [] })),
    );
};

/** A gateway without fault injection has no such route. */
function notEnabled(error: unknown): never {
  if (!(error instanceof GatewayError) || error.code !== 'not_found') throw error;
  throw new CliError(
    'Faults are not enabled there: start the gateway and the participants with --enable-faults.',
    1,
    error,
  );
}

async function show({ terminal }: Cli, command: Command, asked: Promise<FaultsAnswer>): Promise<void> {
  const answer = await asked.catch(notEnabled);
  if (wantsJson(command)) return terminal.json(answer);
  for (const { participant, state } of answer.participants)
    if (state !== 'known') terminal.note(`${participant}: ${state}`);
  const rows = answer.participants.flatMap(({ faults }) =>
    faults.map(({ fault, injected }) => [fault, injected]),
  );
  if (rows.length === 0) return terminal.note('Nothing goes wrong on purpose.');
  terminal.out(
    await tableText([{ head: 'FAULT' }, { head: 'HAPPENED', align: 'right' }], rows, terminal.colours),
  );
}
