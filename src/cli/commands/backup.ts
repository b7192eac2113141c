import { type Command, Option } from 'commander';
import type { Backup } from '../../backup/back-up-data-dir.ts';
import { type Cli, CliError, type CommandAdder } from '../cli.ts';
import { wantsJson } from '../gateway-options.ts';
import { interruptible } from '../interruption.ts';
import { countLine, createProgressBar } from '../progress-bar.ts';

type BackupOptions = { to: string; dataDir: string; json?: boolean };

/** `backup`: copies the databases of a system, running or not, as they are at one moment. */
export const addBackupCommand: CommandAdder = (program, cli) => {
  program
    .command('backup')
    .description('copy all databases as they are at one moment, while the system runs or not')
    .addOption(
      new Option(
        '--to <dir>',
        'directory for the copy, which must not exist yet or be empty',
      ).makeOptionMandatory(),
    )
    .addOption(
      new Option('--data-dir <dir>', 'directory of the databases')
        .env('ORDERSAGA_DATA_DIR')
        .default('./data'),
    )
    .option('--json', 'print JSON for scripts')
    .addHelpText('after', examples)
    .action(async (options: BackupOptions, command: Command) => {
      const backup = await backedUp(options, cli);
      if (wantsJson(command)) cli.terminal.json(jsonOf(backup));
      else cli.terminal.out(textOf(backup));
    });
};

const examples = `
It locks nothing, so orders go on. To restore, stop the system, put the copies in the place of its data directory, all of
them, and start it: what was under way at that moment goes on.

Examples:
  $ ordersaga backup --to /mnt/backup/monday
  $ ordersaga verify --data-dir /mnt/backup/monday`;

async function backedUp({ dataDir, to }: BackupOptions, { terminal }: Cli): Promise<Backup> {
  const { backUpDataDir, CannotBackUp } = await import('../../backup/back-up-data-dir.ts');
  const bar = createProgressBar(terminal, countLine('pages copied'));
  try {
    const backup = backUpDataDir({ dataDir, to, now: Date.now, onProgress: bar.show });
    return await interruptible(backup, () => {
      bar.clear();
      terminal.note('Interrupted. There is no backup.');
    });
  } catch (error) {
    bar.clear();
    if (error instanceof CannotBackUp) throw new CliError(error.message, 1, error);
    throw error;
  } finally {
    bar.clear();
  }
}

const jsonOf = ({ directory, takenAtMs, files }: Backup): unknown => ({
  directory,
  taken_at: new Date(takenAtMs).toISOString(),
  files,
});

function textOf({ directory, takenAtMs, files }: Backup): string {
  const mebibytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1024 ** 2;
  const names = files.map(({ name }) => name).join(', ');
  return [
    `${directory} holds ${names} as of ${new Date(takenAtMs).toISOString()} (${mebibytes.toFixed(1)} MiB).`,
    ...(files.length >= 4 ? [`Check it: ordersaga verify --data-dir ${directory}`] : []),
  ].join('\n');
}
