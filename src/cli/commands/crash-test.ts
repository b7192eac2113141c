import { type Command, InvalidArgumentError } from 'commander';
import type { CrashProgress } from '../../crash-test/run-crash-test.ts';
import { type Cli, CliError, type CommandAdder } from '../cli.ts';
import { wantsJson } from '../gateway-options.ts';
import { wholeNumberBetween } from '../option-parsers.ts';
import { listenForShutdown } from '../shutdown.ts';

type CrashTestFlags = {
  readonly points: number | 'all';
  readonly rounds: number;
  readonly seed?: number;
  readonly parallel: number;
};

/** `crash-test`: kills a shop of its own at every boundary and checks what becomes of its orders. */
export const addCrashTestCommand: CommandAdder = (program, cli) => {
  program
    .command('crash-test')
    .description(
      'kill the whole system at every commit and call in turn, and check what becomes of the order',
    )
    .option('--points <n>', 'at most this many kills, spread over all boundaries; or all', parsePoints, 'all')
    .option('--rounds <n>', 'how often to kill at each boundary', wholeNumberBetween(1, 1_000), 1)
    .option(
      '--seed <n>',
      'repeat the choices of an earlier run (default: new ones)',
      wholeNumberBetween(0, 2 ** 32 - 1),
    )
    .option('--parallel <n>', 'shops to kill side by side', wholeNumberBetween(1, 64), 2)
    .option('--json', 'print JSON for scripts')
    .addHelpText('after', notes)
    .action((flags: CrashTestFlags, command: Command) => crashTest(flags, command, cli));
};

const notes = `
The real system runs in temporary directories and is killed with SIGKILL before and after every commit of the saga log
and every call to a participant: forward, while it compensates, and again while it recovers. After each kill it is
started again, the client repeats what was not answered, and the books are checked as "ordersaga verify" does. Exit
code 0 when every order ended as it should and the books balance.

Examples:
  $ ordersaga crash-test --points 60
  $ ordersaga crash-test --rounds 4 --seed 1`;

async function crashTest(
  flags: CrashTestFlags,
  command: Command,
  { terminal, exitWith }: Cli,
): Promise<void> {
  const { runCrashTest } = await import('../../crash-test/run-crash-test.ts');
  const { crashProgressText, crashReportText } = await import('../crash-report-text.ts');
  const seed = flags.seed ?? Math.floor(Math.random() * 2 ** 32);
  terminal.note(`Seed ${seed}.`);
  let tenthsTold = -1;
  const onProgress = (progress: CrashProgress): void => {
    const text = crashProgressText(progress);
    terminal.redraw?.(text);
    // Without a terminal, an occasional line is enough.
    const tenths = Math.floor((10 * progress.done) / progress.total);
    if (terminal.redraw === undefined && tenths > tenthsTold) terminal.note(text);
    tenthsTold = Math.max(tenths, tenthsTold);
  };
  const shutdown = listenForShutdown(() =>
    terminal.note('Stopping at once; temporary directories are left behind.'),
  );
  const report = await runCrashTest({
    points: flags.points,
    rounds: flags.rounds,
    parallel: flags.parallel,
    seed,
    now: () => Date.now(),
    elapsedMs: () => performance.now(),
    onProgress,
    signal: shutdown.signal,
  }).finally(() => {
    terminal.redraw?.('');
    shutdown.close();
  });
  if (wantsJson(command)) terminal.json(report);
  else terminal.out(await crashReportText(report, terminal.colours));
  if (shutdown.signal.aborted)
    throw new CliError('The crash test was interrupted; above is what it found until then.');
  if (report.result === 'failed') exitWith(1);
}

function parsePoints(text: string): number | 'all' {
  if (text === 'all') return text;
  const count = Number(text);
  if (Number.isInteger(count) && count > 0 && count <= 1_000_000) return count;
  throw new InvalidArgumentError('Write a whole number, or all.');
}
