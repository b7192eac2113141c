import type { Command } from 'commander';
import { resolveConfig } from '../../config.ts';
import { bannerJson, bannerText } from '../banner.ts';
import type { Cli, CommandAdder } from '../cli.ts';
import { closeRunning, endEvenIfHeldOpen } from '../close-running.ts';
import { addConfigOptions, flagsFrom } from '../config-options.ts';
import { wantsJson } from '../gateway-options.ts';
import { listenForShutdown } from '../shutdown.ts';
import { startProblem } from '../start-problem.ts';

/** `start`: runs the services of this process until a signal ends them. */
export const addStartCommand: CommandAdder = (program, cli) => {
  const command = program
    .command('start')
    .description('run the services: all four in this process, or some of them')
    .option('--json', 'print the addresses as one line of JSON once everything listens')
    .addHelpText('after', examples);
  addConfigOptions(command).action(async (_options: unknown, self: Command) => start(self, cli));
};

const examples = `
Examples:
  $ ordersaga start                                        everything, on the ports above
  $ ordersaga start --http-port 0 --data-dir /tmp/try      any free HTTP port, data elsewhere
  $ ordersaga start --services inventory --inventory-port 6000    one service of a split deployment
  $ ordersaga start --inventory-addr 127.0.0.1:6000        everything but inventory, which is yours

SIGTERM and Ctrl-C shut down within --shutdown-grace; a second signal stops at once. Nothing accepted is lost either way.`;

async function start(command: Command, { terminal }: Cli): Promise<void> {
  const { config, warnings } = resolveConfig(flagsFrom(command));
  for (const warning of warnings) terminal.note(`${terminal.noteColours.yellow('warning:')} ${warning}`);
  const shutdown = listenForShutdown(() => terminal.note('Stopping at once.'));
  // The services with gRPC, SQLite and the rest take longer to load than everything else together.
  const { bootProcess } = await import('../../boot.ts');
  const running = await bootProcess(config).catch((error: unknown) => {
    endEvenIfHeldOpen();
    throw startProblem(error, config);
  });
  if (wantsJson(command)) terminal.json(bannerJson(running, config));
  else terminal.out(bannerText(running, config, terminal.colours));
  const signal = await shutdown.requested;
  terminal.note(`${signal}: shutting down. Send it again to stop at once.`);
  await closeRunning(running, config.shutdownGraceMs);
  terminal.note('Shut down in good order.');
}
