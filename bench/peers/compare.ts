// ordersaga, its plain mode, Restate and DBOS: the same saga, the same participants, the same durability, in one run. See
// --help.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { startScript } from '../support/child.ts';
import { median } from '../support/median.ts';
import { untilQuiet } from '../support/quiet.ts';
import { commandLine, machineLine, progress } from '../support/rounds.ts';
import { type Gate, gatesTable, publish } from '../support/section.ts';
import { comparisonText, type Figures } from './comparison-text.ts';
import { engines, type RunningEngine } from './engines.ts';
import type { Addresses } from './order-calls.ts';

const help = `npm ci --prefix bench/peers && npm run bench:peers -- [flags]

All engines are started with an empty store, filled with work for --warm-up seconds each, and stay up. Rounds then go through
them forwards and backwards in turn (A B B A): each is measured at a constant rate, then at capacity, while the others rest,
each time without the first two seconds, and begins when the machine is at rest. So a machine that changes its speed within a
minute changes it for all.

  --rounds N       default 8
  --seconds N      of each measurement, default 4
  --warm-up N      seconds at capacity beforehand, equal for all, default 15
  --rate N         orders a second while latency is measured, default 50
  --only LIST      engines, separated by semicolons: ${engines.map(({ name }) => name).join(';')}
  --write          put the tables and the plot into docs/performance.md

POSTGRES_BIN is the directory of PostgreSQL's programs, default /usr/lib/postgresql/15/bin.
RESTATE_DEFAULT_NUM_PARTITIONS is the number of Restate's partitions, default 4; PEER_CLIENTS how many orders Restate and
DBOS have under way, default 256. What they are worth:

  for n in 1 4 24; do RESTATE_DEFAULT_NUM_PARTITIONS=$n npm run bench:peers -- --only Restate; done
  for n in 64 256 400; do PEER_CLIENTS=$n npm run bench:peers -- --only 'Restate;DBOS + PostgreSQL'; done

Takes about engines × (warm-up + 6 s + rounds × (2 × seconds + 9 s)).`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '4' },
    'warm-up': { type: 'string', default: '15' },
    rate: { type: 'string', default: '50' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(help);
  process.exit();
}
const warmUp = Number(values['warm-up']);
const [rounds, seconds, rate] = [Number(values.rounds), Number(values.seconds), Number(values.rate)];
const wanted = engines.filter(
  ({ name }) => values.only === undefined || values.only.split(';').includes(name),
);
const figures = new Map<string, Figures>(
  wanted.map(({ name }) => [name, { capacity: [], p50Ms: [], p90Ms: [], p99Ms: [] }]),
);

type Started = { readonly name: string; readonly running: RunningEngine };

// The first orders meet cold caches and uncompiled code in every engine, and compilers need some seconds of work.
async function warm({ name, running }: Started): Promise<void> {
  const capacity = await running.capacity(warmUp);
  progress(`${name} is warm: ${capacity.toFixed(0)}/s`);
}

async function measure({ name, running }: Started): Promise<void> {
  await untilQuiet();
  const latency = await running.latencyAt(rate, seconds);
  const capacity = await running.capacity(seconds);
  const own = figures.get(name);
  own?.capacity.push(capacity);
  own?.p50Ms.push(latency.p50Ms);
  own?.p90Ms.push(latency.p90Ms);
  own?.p99Ms.push(latency.p99Ms);
  progress(
    `${name}: ${capacity.toFixed(0)}/s; at ${rate}/s p50 ${latency.p50Ms.toFixed(1)} ms, p99 ${latency.p99Ms.toFixed(1)} ms`,
  );
}

const participants = await startScript(new URL('stub-participants.ts', import.meta.url));
const started: Started[] = [];
try {
  for (const { name, start } of wanted) {
    const engine = { name, running: await start(participants.hello as Addresses) };
    started.push(engine);
    await warm(engine);
  }
  for (let round = 0; round < rounds; round += 1)
    for (const engine of round % 2 === 0 ? started : started.toReversed()) await measure(engine);
} finally {
  for (const { running } of started) await running.close();
  await participants.close();
}

const medianOf = (name: string, key: keyof Figures): number => median(figures.get(name)?.[key] ?? []);
/** NaN, which is not shown, when one of them did not run. */
const times = (name: string): number => medianOf('ordersaga', 'capacity') / medianOf(name, 'capacity');
const p50OfBestPeer = Math.min(medianOf('Restate', 'p50Ms'), medianOf('DBOS + PostgreSQL', 'p50Ms'));
const gates: readonly Gate[] = [
  { what: 'orders/s, ours : Restate', value: times('Restate'), gate: 4, aim: 10, better: 'more' },
  {
    what: 'orders/s, ours : DBOS + PostgreSQL',
    value: times('DBOS + PostgreSQL'),
    gate: 6,
    aim: 15,
    better: 'more',
  },
  {
    what: 'orders/s, ours : our plain mode',
    value: times('ordersaga, plain mode'),
    gate: 2.5,
    aim: 5,
    better: 'more',
  },
  {
    what: `completion p50 at ${rate}/s, ours : best peer`,
    value: medianOf('ordersaga', 'p50Ms') / p50OfBestPeer,
    gate: 0.4,
    aim: 0.25,
    better: 'less',
  },
];
const command = commandLine('bench:peers');
const table = comparisonText(figures, { machine: machineLine(), command, rate, warmUp });
await publish('peers', [table, gatesTable(gates)].filter((part) => part !== '').join('\n\n'), values.write);
