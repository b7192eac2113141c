// What becomes of orders, and of those who send them, when more come than the system can handle. See --help.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { mustBalance, offer, saturate } from './support/load.ts';
import { type Figures, inRounds, progress } from './support/rounds.ts';
import {
  figuresTable,
  type Gate,
  gatesTable,
  type Measured,
  medianOf,
  publish,
  ratioInRounds,
  sectionText,
} from './support/section.ts';
import { newDataDir, removeDataDir, type System, startOne } from './support/system.ts';

const help = `npm run bench:overload -- [flags]

Finds the capacity C of one process: the most orders it finishes a second, of those that come at a constant rate. Then offers
0.8 C, C, 1.4 C and 2 C, in that order and backwards in turn: many short rounds, as a machine may change its own speed within a
minute. For the same reason C is after each round the best that this round finished, and figures are compared within a round.
Every accepted order must have ended after each load, and the books must balance at the end.

  --capacity N      take this for C in the first round instead of measuring it
  --rounds N        default 8
  --seconds N       of each load, default 4, after two that do not count
  --warm-up N       seconds at capacity before anything is measured, default 20
  --watch-rate N    orders a second whose end is seen on their event stream, default 50
  --connections N   most connections of the load, default 512; with few, orders wait in the load and not in the system
  --write           put the result into docs/performance.md

Takes about (rounds + 1) × 4 × (seconds + 4 s).`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    capacity: { type: 'string' },
    rounds: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '4' },
    'warm-up': { type: 'string', default: '20' },
    'watch-rate': { type: 'string', default: '50' },
    connections: { type: 'string', default: '512' },
    write: { type: 'boolean', default: false },
  },
});
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];

/** Of C. The goodput at the highest must not be far below the best of all. */
const loads: Readonly<Record<string, number>> = { '0.8 C': 0.8, C: 1, '1.4 C': 1.4, '2 C': 2 };

async function measure({ url }: System, perSecond: number): Promise<Figures> {
  const report = await offer(url, {
    perSecond,
    seconds,
    // Connections open, the generator is compiled, and the line of those who wait finds its length.
    warmUpSeconds: 2,
    watched: Number(values['watch-rate']),
    connections: Number(values.connections),
  });
  const { shed, sent, notSent, finishedPerSecond, accept, complete, refuse } = report;
  return {
    'offered/s': perSecond,
    'finished/s': finishedPerSecond,
    'shed %': (100 * shed) / sent,
    'not sent %': (100 * notSent) / (sent + notSent),
    'accept p99 ms': accept.p99Ms,
    'complete p50 ms': complete.p50Ms,
    'complete p99 ms': complete.p99Ms,
    '503 p50 ms': shed > 0 ? refuse.p50Ms : Number.NaN,
    '503 p99 ms': shed > 0 ? refuse.p99Ms : Number.NaN,
  };
}

/** The best of four rates about the one with which the system is always full. */
async function capacity(system: System): Promise<number> {
  if (values.capacity !== undefined) return Number(values.capacity);
  progress('measuring C');
  const { finishedPerSecond: full } = await saturate(system.url, seconds);
  let best = 0;
  for (const share of [0.7, 0.85, 1, 1.2]) {
    const { 'finished/s': finished = 0 } = await measure(system, full * share);
    progress(`  ${(full * share).toFixed(0)} orders/s came, ${finished.toFixed(0)} were finished`);
    best = Math.max(best, finished);
  }
  return best;
}

async function withWarmSystem<Result>(work: (system: System) => Promise<Result>): Promise<Result> {
  const dataDir = await newDataDir();
  try {
    const system = await startOne(dataDir);
    let result: Result;
    try {
      progress('warming up');
      await offer(system.url, { perSecond: 100, seconds: 2 });
      await saturate(system.url, Number(values['warm-up']));
      result = await work(system);
    } finally {
      await system.close();
    }
    await mustBalance(dataDir);
    return result;
  } finally {
    await removeDataDir(dataDir);
  }
}

function gatesOf(measured: Measured): Gate[] {
  const goodput = (load: string): number => medianOf(measured, load, 'finished/s');
  const peak = Object.keys(loads).reduce((best, load) => (goodput(load) > goodput(best) ? load : best));
  const kept = ratioInRounds(measured, 'finished/s', { one: '2 C', other: peak });
  const longer = ratioInRounds(measured, 'complete p99 ms', { one: '2 C', other: '0.8 C' });
  return [
    { what: `finished/s at 2 C : peak (${peak})`, value: kept, gate: 0.95, better: 'more' },
    { what: 'complete p99 at 2 C : at 0.8 C', value: longer, gate: 3, better: 'less' },
  ];
}

if (values.help) {
  console.log(help);
  process.exit();
}
const { full, measured } = await withWarmSystem(async (system) => {
  const full = await capacity(system);
  progress(`C is ${full.toFixed(0)} orders/s`);
  const bestOfRound: number[] = [];
  const measured = await inRounds(Object.keys(loads), rounds, async (load, round) => {
    const c = bestOfRound[round - 1] ?? full;
    const figures = await measure(system, c * (loads[load] ?? Number.NaN));
    bestOfRound[round] = Math.max(bestOfRound[round] ?? 0, figures['finished/s'] ?? 0);
    return figures;
  });
  return { full, measured };
});
const text = sectionText('bench:overload', [
  `C is ${full.toFixed(0)} orders/s in the first round. Gates: the median of what each round gives. Every accepted order has ended after every load, and the books balance at the end. The generator shares the machine.`,
  figuresTable(measured, {
    first: 'load',
    columns: [
      { key: 'offered/s', digits: 0 },
      { key: 'finished/s', digits: 0 },
      { key: 'shed %', digits: 1 },
      { key: 'not sent %', digits: 1 },
      { key: 'accept p99 ms', digits: 1 },
      { key: 'complete p50 ms', digits: 1 },
      { key: 'complete p99 ms', digits: 1 },
      { key: '503 p50 ms', digits: 1 },
      { key: '503 p99 ms', digits: 1 },
    ],
  }),
  gatesTable(gatesOf(measured)),
]);
await publish('overload', text, values.write);
