// ordersaga, its plain mode, Restate and DBOS: the same saga, the same participants, the same durability, in one run. See
// --help.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { commandLine, machineLine, progress } from '../support/rounds.ts';
import { type Gate, gatesTable, publish } from '../support/section.ts';
import { startScript } from './child.ts';
import { comparisonText, type Figures, median } from './comparison-text.ts';
import { type Engine, engines } from './engines.ts';
import type { Addresses } from './order-calls.ts';

const help = `npm ci --prefix bench/peers && npm run bench:peers -- [flags]

Rounds go through the engines forwards and backwards in turn (A B B A). In each, an engine starts with an empty store, is
filled with work for --warm-up seconds that do not count, and is measured at a constant rate, then at capacity, each time without the
first two seconds.

  --rounds N       default 4
  --seconds N      of each measurement, default 8
  --warm-up N      seconds at capacity beforehand, equal for all, default 20
  --rate N         orders a second while latency is measured, default 50
  --only LIST      engines, separated by semicolons: ${engines.map(({ name }) => name).join(';')}
  --write          put the tables and the plot into docs/performance.md

POSTGRES_BIN is the directory of PostgreSQL's programs, default /usr/lib/postgresql/15/bin.
RESTATE_DEFAULT_NUM_PARTITIONS is the number of Restate's partitions, default 4; PEER_CLIENTS how many orders Restate and
DBOS have under way, default 256. What they are worth:

  for n in 1 4 24; do RESTATE_DEFAULT_NUM_PARTITIONS=$n npm run bench:peers -- --only Restate; done
  for n in 64 256 400; do PEER_CLIENTS=$n npm run bench:peers -- --only 'Restate;DBOS + PostgreSQL'; done

Takes about rounds × engines × (2 × seconds + warm-up + 18 s).`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '8' },
    'warm-up': { type: 'string', default: '20' },
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

async function measure({ name, start }: Engine, participants: Addresses): Promise<void> {
  const running = await start(participants);
  try {
    // The first orders meet cold caches and uncompiled code in every engine, and compilers need some seconds of work.
    await running.capacity(warmUp);
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
  } finally {
    await running.close();
  }
}

for (let round = 0; round < rounds; round += 1) {
  const participants = await startScript('stub-participants.ts');
  for (const engine of round % 2 === 0 ? wanted : wanted.toReversed()) {
    await measure(engine, participants.hello as Addresses);
  }
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
