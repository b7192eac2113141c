// `ordersaga start` with the saga log in memory: the difference is what durability costs. For measurements only; takes
// the flags of `start`, prints its line of JSON and shuts down when its stdin ends.
import process from 'node:process';
import { Command } from 'commander';
import { boot } from '../../src/boot.ts';
import { bannerJson } from '../../src/cli/banner.ts';
import { addConfigOptions, flagsFrom } from '../../src/cli/config-options.ts';
import { resolveConfig } from '../../src/config.ts';
import { createMemorySagaLog } from '../../src/stores/memory/saga-log.ts';
import type { SagaLog } from '../../src/stores/saga-log.ts';

/** Everyone who would hold the durable log gets the one in memory instead; the file stays open, and empty. */
function keptInMemory(log: SagaLog): SagaLog {
  const memory = createMemorySagaLog();
  const closeFile = log.close;
  return Object.assign(log, memory, {
    async close() {
      await memory.close();
      await closeFile.call(log);
    },
  });
}

const program = new Command();
addConfigOptions(program.command('start').option('--json')).action(async (_options, command: Command) => {
  const { config } = resolveConfig(flagsFrom(command));
  const running = await boot(config, { sagaLog: keptInMemory });
  process.stdout.write(`${JSON.stringify(bannerJson(running, config))}\n`);
  const shutDown = async (): Promise<void> => {
    await running.close(config.shutdownGraceMs);
    process.exit(0);
  };
  process.once('SIGTERM', shutDown);
  process.stdin.resume().once('end', shutDown);
});
await program.parseAsync();
