import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RateStep } from '../../load/arrivals.ts';
import type { LoadReport } from '../../load/load-report.ts';
import type { OrderMix } from '../../load/order-mix.ts';
import type { LoadPlan } from '../../load/run-load.ts';
import type { Cli, CommandAdder } from '../cli.ts';
import { addGatewayOptions, gatewayOf, wantsJson } from '../gateway-options.ts';
import { wholeNumberBetween } from '../option-parsers.ts';
import { createProgressBar } from '../progress-bar.ts';
import type { Terminal } from '../terminal.ts';

type LoadFlags = {
  readonly url: string;
  readonly token?: string;
  readonly rate: number;
  readonly duration: number;
  readonly warmUp: number;
  readonly steps?: readonly RateStep[];
  readonly mix: OrderMix;
  readonly connections: number;
  readonly watchRate: number;
  readonly drain: number;
  readonly findCapacity?: boolean;
  readonly dataDir?: string;
};

/** `load`: sends orders at a constant rate, whatever the answers, and waits for every saga to end. */
export const addLoadCommand: CommandAdder = (program, cli) => {
  const command = program.command('load').description('send orders at a constant rate and measure');
  addGatewayOptions(command)
    .option('--rate <orders>', 'orders a second', wholeNumberBetween(1, 100_000), 50)
    .option('--duration <seconds>', 'how long to send', wholeNumberBetween(1, 86_400), 10)
    .option(
      '--warm-up <seconds>',
      'send for this long first, without counting it',
      wholeNumberBetween(0, 3_600),
      0,
    )
    .option(
      '--steps <list>',
      'several rates, one after the other, as RATExSECONDS,…: 100x5,200x5',
      parseSteps,
    )
    .addOption(
      new Option('--mix <list>', 'weights of orders that are confirmed, declined and out of stock')
        .default({ happy: 1, declined: 0, 'out-of-stock': 0 } satisfies OrderMix, 'happy=1')
        .argParser(parseMix),
    )
    .option('--connections <n>', 'most connections for orders', wholeNumberBetween(1, 10_000), 64)
    .option(
      '--watch-rate <orders>',
      'orders a second to watch to their end',
      wholeNumberBetween(0, 1_000),
      50,
    )
    .option('--drain <seconds>', 'longest wait for sagas to end', wholeNumberBetween(0, 86_400), 60)
    .option('--data-dir <dir>', 'check the books of this directory once all sagas have ended')
    .option('--find-capacity', 'look for the highest rate that is sustained, in runs of --duration')
    .addHelpText('after', notes)
    .action((flags: LoadFlags, self: Command) => load(flags, self, cli));
};

const notes = `
Latencies count from the moment an order was due, not from when it could be sent. The first seconds show how the load and its
connections start, so measure after a --warm-up. The load has products of its own (load_1 … load_4, load_none) and sets their
stock first. Exit code 1 when an order failed or did not end, or when the books do not balance.

Examples:
  $ ordersaga load --rate 500 --duration 20 --mix happy=90,declined=5,out-of-stock=5
  $ ordersaga load --find-capacity --duration 5`;

async function load(flags: LoadFlags, command: Command, { terminal, exitWith }: Cli): Promise<void> {
  const { emptyProduct, plenty, stockedProducts } = await import('../../load/order-mix.ts');
  const { capacityText, loadText } = await import('../load-text.ts');
  const gateway = gatewayOf(command);
  for (const product of stockedProducts) await gateway.setStock(product, plenty);
  await gateway.setStock(emptyProduct, 0);

  const run = await runnerFor(flags, { url: gateway.url, terminal });
  const durationMs = flags.duration * 1_000;
  const steps = flags.steps ?? [{ perSecond: flags.rate, durationMs }];
  if (flags.findCapacity === true) {
    const { findCapacity } = await import('../../load/find-capacity.ts');
    const capacity = await findCapacity((perSecond) => run([{ perSecond, durationMs }]), {
      startPerSecond: flags.rate,
      precision: 0.05,
    });
    if (wantsJson(command)) terminal.json(capacity);
    else terminal.out(await capacityText(capacity, terminal.colours));
  } else {
    const report = await run(steps);
    if (wantsJson(command)) terminal.json(report);
    else terminal.out(await loadText(report, terminal.colours));
    const { isClean } = await import('../../load/load-report.ts');
    if (!isClean(report)) exitWith(1);
  }
  if (flags.dataDir !== undefined && !(await balances(flags.dataDir, terminal))) exitWith(1);
}

/** Runs the load that the flags describe, at the rates of the given steps. */
async function runnerFor(
  flags: LoadFlags,
  { url, terminal }: { readonly url: string; readonly terminal: Terminal },
): Promise<(steps: readonly RateStep[]) => Promise<LoadReport>> {
  const { runLoad } = await import('../../load/run-load.ts');
  const { progressLine } = await import('../load-text.ts');
  const bar = createProgressBar(terminal, progressLine);
  const plan: Omit<LoadPlan, 'steps' | 'runId'> = {
    url,
    token: flags.token,
    mix: flags.mix,
    warmUpMs: flags.warmUp * 1_000,
    connections: flags.connections,
    watchPerSecond: flags.watchRate,
    drainMs: flags.drain * 1_000,
    onProgress: bar.show,
  };
  return (steps) => runLoad({ ...plan, steps, runId: randomUUID() }).finally(bar.clear);
}

/** Whether stock and money add up; says on stderr what was found. */
async function balances(dataDir: string, terminal: Cli['terminal']): Promise<boolean> {
  const { verifyFiles } = await import('../../verify/files/verify-files.ts');
  const { reportText } = await import('../report-text.ts');
  const report = await verifyFiles({ dataDir, nowMs: Date.now() });
  terminal.note(await reportText(report, terminal.noteColours));
  return report.result !== 'violated';
}

function parseSteps(text: string): readonly RateStep[] {
  return text.split(',').map((step) => {
    const [, rate, seconds] = /^(\d{1,6})x(\d{1,5})$/.exec(step) ?? [];
    if (!(Number(rate) > 0 && Number(seconds) > 0)) {
      throw new InvalidArgumentError('Write RATExSECONDS,…, e.g. 100x5,200x5.');
    }
    return { perSecond: Number(rate), durationMs: Number(seconds) * 1_000 };
  });
}

function parseMix(text: string): OrderMix {
  const mix = { happy: 0, declined: 0, 'out-of-stock': 0 };
  for (const part of text.split(',')) {
    const [, kind, weight] = /^(happy|declined|out-of-stock)=(\d{1,6})$/.exec(part) ?? [];
    if (kind === undefined) {
      throw new InvalidArgumentError('Write KIND=WEIGHT,…, e.g. happy=90,declined=5,out-of-stock=5.');
    }
    mix[kind as keyof OrderMix] = Number(weight);
  }
  if (mix.happy + mix.declined + mix['out-of-stock'] > 0) return mix;
  throw new InvalidArgumentError('At least one kind needs a weight.');
}
