// What becomes of orders, and of those who send them, when twice as many come as the system can do. See --help.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { median } from './peers/comparison-text.ts';
import { findKnee, mustBalance, offer, saturate } from './support/load.ts';
import { type Figures, inRounds, progress } from './support/rounds.ts';
import {
  figuresTable,
  type Gate,
  gatesTable,
  type Measured,
  medianOf,
  publish,
  sectionText,
} from './support/section.ts';
import { steadyRate } from './support/steady-rate.ts';
import { newDataDir, removeDataDir, type System, startOne } from './support/system.ts';

const help = `npm run bench:overload -- [flags]

Finds what one process can do (C), then offers 0.8 C and 2 C in turn (A B B A), a fresh system each time. Every accepted
order must have ended, and the books must balance, after each.

  --capacity N      take this for C instead of measuring it
  --find-capacity   take the highest arrival rate that is sustained for C; default: the rate with 400 orders under way
  --rounds N        default 4
  --seconds N       of each load, default 15; what is finished is counted over the middle three fifths
  --watch-rate N    orders a second whose end is seen on their event stream, default 50
  --connections N   most connections of the load, default 512; with few, orders wait in the load and not in the system
  --write           put the result into docs/performance.md

Takes about rounds × 2 × (seconds + 15 s).`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    capacity: { type: 'string' },
    'find-capacity': { type: 'boolean', default: false },
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '15' },
    'watch-rate': { type: 'string', default: '50' },
    connections: { type: 'string', default: '512' },
    write: { type: 'boolean', default: false },
  },
});
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
const easy = '0.8 C';
const heavy = '2 C';

/** A warm system of its own for `work`, whose books balance afterwards. */
async function onFreshSystem<Result>(work: (system: System) => Promise<Result>): Promise<Result> {
  const dataDir = await newDataDir();
  try {
    const system = await startOne(dataDir);
    let result: Result;
    try {
      await offer(system.url, { perSecond: 100, seconds: 2 });
      await saturate(system.url, 5);
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

async function capacity(): Promise<number> {
  if (values.capacity !== undefined) return Number(values.capacity);
  progress('measuring C');
  return onFreshSystem(async ({ url }) => {
    if (values['find-capacity']) return findKnee(url, 4);
    const rates: number[] = [];
    for (let run = 0; run < 3; run += 1) rates.push((await saturate(url, seconds)).finishedPerSecond);
    return median(rates);
  });
}

const measure = (perSecond: number): Promise<Figures> =>
  onFreshSystem(async ({ url }) => {
    const [watched, connections] = [Number(values['watch-rate']), Number(values.connections)];
    const load = offer(url, { perSecond, seconds, watched, connections });
    const window = { afterMs: seconds * 200, forMs: seconds * 600 };
    const [report, finishedPerSecond] = await Promise.all([load, steadyRate(url, window)]);
    const { shed, sent, notSent, accept, complete, refuse } = report;
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
  });

function gatesOf(measured: Measured, peak: number): Gate[] {
  const p99 = (name: string): number => medianOf(measured, name, 'complete p99 ms');
  const goodput = medianOf(measured, heavy, 'finished/s');
  return [
    { what: 'finished/s at 2 C : peak', value: goodput / peak, gate: 0.95, better: 'more' },
    { what: 'complete p99 at 2 C : at 0.8 C', value: p99(heavy) / p99(easy), gate: 3, better: 'less' },
  ];
}

if (values.help) {
  console.log(help);
  process.exit();
}
const full = await capacity();
progress(`C is ${full.toFixed(0)} orders/s`);
const measured = await inRounds([easy, heavy], rounds, (name) => measure(full * (name === easy ? 0.8 : 2)));
const peak = Math.max(full, medianOf(measured, easy, 'finished/s'), medianOf(measured, heavy, 'finished/s'));
const text = sectionText('bench:overload', [
  `C is ${full.toFixed(0)} orders/s, the peak ${peak.toFixed(0)}. Every accepted order has ended, and the books balance, after every load. The generator shares the machine.`,
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
  gatesTable(gatesOf(measured, peak)),
]);
await publish('overload', text, values.write);
