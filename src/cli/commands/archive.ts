import { type Command, Option } from 'commander';
import type { Archived } from '../../archive/archive-data-dir.ts';
import { type Cli, CliError, type CommandAdder } from '../cli.ts';
import { wantsJson } from '../gateway-options.ts';
import { durationBetween } from '../option-parsers.ts';
import { countLine, createProgressBar } from '../progress-bar.ts';

type ArchiveOptions = {
  olderThan: number;
  dataDir: string;
  dryRun?: boolean;
  vacuum?: boolean;
  json?: boolean;
};

/** `archive`: moves finished sagas out of the log of a system that does not run, once. */
export const addArchiveCommand: CommandAdder = (program, cli) => {
  program
    .command('archive')
    .description('move finished sagas out of the log into saga-archive.db, while the system is stopped')
    .addOption(
      new Option('--older-than <time>', 'only sagas that finished longer ago than this, e.g. 30d')
        .argParser(durationBetween(0, 3_650 * 86_400_000))
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--data-dir <dir>', 'directory of the databases')
        .env('ORDERSAGA_DATA_DIR')
        .default('./data'),
    )
    .option('--dry-run', 'show how many would be moved, and move nothing')
    .option('--vacuum', 'rewrite the log afterwards, so that the disk gets the free space back')
    .option('--json', 'print JSON for scripts')
    .addHelpText('after', examples)
    .action(async (options: ArchiveOptions, command: Command) => {
      const finishedBeforeMs = Date.now() - options.olderThan;
      const archived = await archivedBy(options, finishedBeforeMs, cli);
      if (wantsJson(command)) cli.terminal.json(jsonOf(archived, options, finishedBeforeMs));
      else cli.terminal.out(textOf(archived, options));
    });
};

const examples = `
A running system does the same by itself: ordersaga start --retention 30d

Examples:
  $ ordersaga archive --older-than 30d --dry-run
  $ ordersaga archive --older-than 30d --vacuum`;

async function archivedBy(
  { dataDir, dryRun = false, vacuum = false }: ArchiveOptions,
  finishedBeforeMs: number,
  { terminal }: Cli,
): Promise<Archived> {
  const { archiveDataDir, CannotArchive } = await import('../../archive/archive-data-dir.ts');
  const bar = createProgressBar(terminal, countLine('orders moved'));
  try {
    const nowMs = Date.now();
    return await archiveDataDir({ dataDir, finishedBeforeMs, nowMs, dryRun, vacuum, onProgress: bar.show });
  } catch (error) {
    bar.clear();
    if (error instanceof CannotArchive) throw new CliError(error.message, 1, error);
    throw error;
  } finally {
    bar.clear();
  }
}

const jsonOf = (
  { sagas, archiveFile, freedBytes }: Archived,
  { dryRun = false }: ArchiveOptions,
  finishedBeforeMs: number,
): unknown => ({
  sagas,
  archive: archiveFile,
  finished_before: new Date(finishedBeforeMs).toISOString(),
  dry_run: dryRun,
  ...(freedBytes !== undefined && { freed_bytes: freedBytes }),
});

function textOf({ sagas, archiveFile, freedBytes }: Archived, { dryRun = false }: ArchiveOptions): string {
  const orders = `${sagas} finished order${sagas === 1 ? '' : 's'}`;
  const freed = freedBytes === undefined ? '' : ` The log is ${freedBytes} bytes smaller.`;
  return dryRun
    ? `${orders} would be moved into ${archiveFile}; nothing was done.`
    : `Moved ${orders} into ${archiveFile}.${freed}`;
}
