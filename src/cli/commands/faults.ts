import type { Command } from 'commander';
import type { FaultsAnswer, NewFaults } from '../../contract/faults.ts';
import type { Cli, CommandAdder } from '../cli.ts';
import { CliError } from '../cli.ts';
import { addGatewayOptions, wantsJson, wholeNumberBetween } from '../gateway-options.ts';
import { GatewayError, readJson, send, timeoutMs } from '../http-call.ts';
import { tableText } from '../table.ts';

const kinds = `
Faults are SERVICE.METHOD=KIND[:PROBABILITY]; without METHOD they are for all methods.

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
    .action(async (_options: unknown, command: Command) => show(cli, command, await ask(command, 'GET')));
  addGatewayOptions(faults.command('set'))
    .description('inject these faults, in place of all set before')
    .argument('<fault...>', 'SERVICE.METHOD=KIND[:PROBABILITY]')
    .option('--seed <n>', 'which calls go wrong', wholeNumberBetween(0, 4_294_967_295))
    .action(async (list: readonly string[], { seed }: { readonly seed?: number }, command: Command) =>
      show(cli, command, await ask(command, 'PUT', { faults: list, ...(seed !== undefined && { seed }) })),
    );
  addGatewayOptions(faults.command('clear'))
    .description('end all faults')
    .action(async (_options: unknown, command: Command) =>
      show(cli, command, await ask(command, 'PUT', { faults: [] })),
    );
};

async function ask(command: Command, method: string, body?: NewFaults): Promise<FaultsAnswer> {
  const { url, token } = command.opts<{ readonly url: string; readonly token?: string }>();
  const response = await send(url, '/faults', {
    method,
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  try {
    return (await readJson(response, url)) as FaultsAnswer;
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'not_found') throw error;
    throw new CliError(
      'Faults are not enabled there: start the gateway and the participants with --enable-faults.',
      1,
      error,
    );
  }
}

async function show({ terminal }: Cli, command: Command, answer: FaultsAnswer): Promise<void> {
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
