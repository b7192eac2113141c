import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { BooksReport } from '../../contract/books.ts';
import { CannotCheck } from '../../verify/cannot-check.ts';
import type { VerifyFilesOptions } from '../../verify/files/verify-files.ts';
import { type Cli, CliError, type CommandAdder } from '../cli.ts';
import { parseUrl, wantsJson } from '../gateway-options.ts';
import { durationBetween } from '../option-parsers.ts';
import { countLine, createProgressBar } from '../progress-bar.ts';
import { reportText } from '../report-text.ts';

type VerifyOptions = {
  dataDir?: string;
  url?: string;
  token?: string;
  maxAge?: number;
  seal?: string;
  writeSeal?: string;
  json?: boolean;
};

/** `verify`: shows that stock and money add up across all services, or which order breaks it. */
export const addVerifyCommand: CommandAdder = (program, cli) => {
  program
    .command('verify')
    .description(
      'check that stock and money add up across all services, and that the log is as it was written',
    )
    .addOption(
      new Option('--data-dir <dir>', 'directory of the four databases: of a running system, or a copy').env(
        'ORDERSAGA_DATA_DIR',
      ),
    )
    .addOption(
      new Option(
        '--url <url>',
        'ask the gateway to check through the services, for when each keeps its own database',
      ).argParser(parseUrl),
    )
    .addOption(
      new Option('--token <token>', 'bearer token, where the gateway wants one').env('ORDERSAGA_TOKEN'),
    )
    .addOption(
      new Option(
        '--max-age <time>',
        'an order is late when it is neither finished nor halted after this time (default: 30m)',
      ).argParser(durationBetween(1_000, 365 * 86_400_000)),
    )
    .addOption(
      new Option(
        '--seal <file>',
        'also check that no order finished when this was written has changed or is gone',
      ).conflicts('url'),
    )
    .addOption(
      new Option(
        '--write-seal <file>',
        'if the books balance, write a seal of the finished orders, to keep elsewhere',
      ).conflicts('url'),
    )
    .option('--json', 'print JSON for scripts')
    .addHelpText('after', examples)
    .action(async (options: VerifyOptions, command: Command) => {
      // Not left to commander, to which the variable is as good as the flag: it is set in every container of the image.
      if (options.url !== undefined && command.getOptionValueSource('dataDir') === 'cli')
        command.error("error: option '--data-dir <dir>' cannot be used with option '--url <url>'");
      const report = await verified(options, cli);
      if (wantsJson(command)) cli.terminal.json(report);
      else cli.terminal.out(await reportText(report, cli.terminal.colours));
      cli.exitWith(report.result === 'balanced' ? 0 : 1);
    });
};

const examples = `
Exit codes: 0 the books balance, 1 they do not or orders are late, 2 wrong usage, 3 they could not be checked.

Examples:
  $ ordersaga verify                                  ./data, which may be in use
  $ ordersaga verify --data-dir /mnt/backup --json    a copy, for a script
  $ ordersaga verify --url http://127.0.0.1:8080      services in containers of their own
  $ ordersaga verify --seal monday.json --write-seal tuesday.json    nothing was changed since, and go on from here`;

const defaultDataDir = './data';

async function verifiedFiles(
  { dataDir = defaultDataDir, seal, writeSeal }: VerifyOptions,
  bound: Pick<VerifyFilesOptions, 'maxAgeMs' | 'onProgress'>,
): Promise<BooksReport> {
  const [{ sealFiles, verifyFiles }, sealFile] = await Promise.all([
    import('../../verify/files/verify-files.ts'),
    import('../../verify/files/seal-file.ts'),
  ]);
  if (writeSeal !== undefined && existsSync(writeSeal))
    throw new CliError(`${writeSeal} is there already. Name a file that is not, with --write-seal.`);
  const nowMs = Date.now();
  // Before the check, so that whatever is sealed has been checked.
  const sealed = writeSeal === undefined ? undefined : sealFiles(dataDir, nowMs);
  const earlier = seal === undefined ? undefined : sealFile.readSeal(seal);
  const report = await verifyFiles({ dataDir, nowMs, ...bound, ...(earlier && { seal: earlier }) });
  const noted = (note: string): BooksReport => ({ ...report, notes: [...report.notes, note] });
  if (sealed === undefined || writeSeal === undefined) return report;
  if (report.result === 'violated') return noted(`${writeSeal} was not written: the books do not balance.`);
  written(() => sealFile.writeSeal(writeSeal, sealed));
  return noted(
    `${writeSeal} seals ${sealed.sagas} finished orders, all but those of the last ten seconds. Keep it where nobody who can write ${dataDir} can.`,
  );
}

function written(write: () => void): void {
  try {
    write();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(`The books balance, but the seal could not be written: ${reason}`, 1, error);
  }
}

async function verified(options: VerifyOptions, { terminal }: Cli): Promise<BooksReport> {
  const { url, token, maxAge } = options;
  const bar = createProgressBar(terminal, countLine('orders checked'));
  const bound = maxAge !== undefined && { maxAgeMs: maxAge };
  try {
    if (url !== undefined) {
      const { verifyThroughGateway } = await import('../verify-through-gateway.ts');
      return await verifyThroughGateway({ url, token, ...bound, onProgress: bar.show });
    }
    return await verifiedFiles(options, { ...bound, onProgress: bar.show });
  } catch (error) {
    bar.clear();
    if (error instanceof CannotCheck)
      throw new CliError(`Could not check the books. ${error.message}`, 3, error);
    throw error;
  } finally {
    bar.clear();
  }
}
