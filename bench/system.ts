// The whole system over HTTP: throughput, latency, CPU, commits and memory for each form of it, in one run. See --help.
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { LatencySummary } from '../src/load/latency.ts';
import { costsOf } from './support/costs.ts';
import { findKnee, mustBalance, offer, saturate } from './support/load.ts';
import { type Figures, inRounds } from './support/rounds.ts';
import {
  type Column,
  figuresTable,
  type Gate,
  gatesTable,
  type Measured,
  medianOf,
  publish,
  sectionText,
} from './support/section.ts';
import { countSyncs } from './support/syncs.ts';
import { newDataDir, removeDataDir, type System } from './support/system.ts';
import { variantNotes, variants } from './support/variants.ts';

const help = `npm run bench:system -- [flags]

Starts each form of the system in turn, forwards and backwards (A B B A), on an empty directory, and loads it.

  --variants LIST   default one,split,every-event,unary; the first is what the others are compared with
${Object.entries(variantNotes)
  .map(([name, note]) => `                      ${name.padEnd(12)}${note}`)
  .join('\n')}
  --rounds N        default 2
  --rate N          orders a second while latency is measured, default 500
  --seconds N       of each measurement, default 8
  --watch-rate N    orders a second whose end is seen on their event stream, default 50
  --saturate        also orders a second with 400 under way all the time: capacity, quick and steady
  --find-capacity   also the highest arrival rate that is sustained, by search; about a minute a variant and round
  --strace          also fdatasync and fsync for each order while saturated, counted by strace
  --write           put the result into docs/performance.md

A variant takes about 3 × seconds + 10 s a round with --saturate, and seconds + 5 s more with --strace. Linux only.`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    variants: { type: 'string', default: 'one,split,every-event,unary' },
    rounds: { type: 'string', default: '2' },
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '8' },
    'watch-rate': { type: 'string', default: '50' },
    saturate: { type: 'boolean', default: false },
    'find-capacity': { type: 'boolean', default: false },
    strace: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const [rate, seconds, rounds] = [Number(values.rate), Number(values.seconds), Number(values.rounds)];

async function measure(variant: string): Promise<Figures> {
  const dataDir = await newDataDir();
  try {
    const system = await variants[variant]?.(dataDir);
    if (system === undefined) throw new Error(`there is no variant ${variant}`);
    let figures: Figures;
    try {
      // The first orders meet cold caches and uncompiled code.
      await offer(system.url, { perSecond: rate, seconds: Math.min(seconds, 5) });
      figures = {
        ...(await atRate(system)),
        ...(values.saturate && (await atCapacity(system))),
        ...(values['find-capacity'] && { 'sustained/s': await findKnee(system.url, 4) }),
        ...(values.strace && (await underStrace(system))),
      };
    } finally {
      await system.close();
    }
    // Without its log there are no books.
    if (variant !== 'log-off') await mustBalance(dataDir);
    return figures;
  } finally {
    await removeDataDir(dataDir);
  }
}

async function atRate(system: System): Promise<Figures> {
  const before = await costsOf(system);
  const report = await offer(system.url, { perSecond: rate, seconds, watched: Number(values['watch-rate']) });
  const after = await costsOf(system);
  return {
    ...latencies('accept', report.accept),
    ...latencies('complete', report.complete),
    'CPU µs/order': (after.cpuMicros - before.cpuMicros) / report.accepted,
    'commits/order': (after.commits - before.commits) / report.accepted,
    'RSS MB': after.rssMb,
  };
}

const latencies = (what: string, { p50Ms, p90Ms, p99Ms, p999Ms }: LatencySummary): Figures => ({
  [`${what} p50 ms`]: p50Ms,
  [`${what} p90 ms`]: p90Ms,
  [`${what} p99 ms`]: p99Ms,
  [`${what} p99.9 ms`]: p999Ms,
});

async function atCapacity(system: System): Promise<Figures> {
  const before = await costsOf(system);
  const { finishedPerSecond, finished } = await saturate(system.url, seconds);
  const after = await costsOf(system);
  return {
    'finished/s': finishedPerSecond,
    'CPU µs/order, full': (after.cpuMicros - before.cpuMicros) / finished,
    'commits/order, full': (after.commits - before.commits) / finished,
  };
}

async function underStrace(system: System): Promise<Figures> {
  let orders = 0;
  const { commits: before } = await costsOf(system);
  const syncs = await countSyncs(system, async () => {
    orders = (await saturate(system.url, seconds)).finished;
  });
  const { commits: after } = await costsOf(system);
  return { 'syncs/order': syncs / orders, 'syncs/commit': syncs / (after - before) };
}

const costColumns: readonly Column[] = [
  { key: 'finished/s', digits: 0 },
  { key: 'sustained/s', digits: 0 },
  { key: 'CPU µs/order, full', digits: 0 },
  { key: 'commits/order, full', digits: 3 },
  { key: 'syncs/order', digits: 3 },
  { key: 'syncs/commit', digits: 2 },
];
const latencyColumns = (what: string): Column[] =>
  ['p50', 'p90', 'p99', 'p99.9'].map((percentile) => ({ key: `${what} ${percentile} ms`, digits: 1 }));

function gatesOf(measured: Measured): Gate[] {
  const key = values.saturate ? 'finished/s' : 'sustained/s';
  const ratio = medianOf(measured, 'one', key) / medianOf(measured, 'log-off', key);
  return [
    { what: 'orders/s, durable : log off', value: ratio, gate: 0.4, aim: 0.6, better: 'more' },
    {
      what: 'fdatasyncs and fsyncs for each order at capacity',
      value: medianOf(measured, 'one', 'syncs/order'),
      gate: 0.5,
      aim: 0.15,
      better: 'less',
    },
  ];
}

if (values.help) {
  console.log(help);
  process.exit();
}
const names = values.variants.split(',');
const unknown = names.filter((name) => variants[name] === undefined);
if (unknown.length > 0) throw new Error(`no such variant: ${unknown.join(', ')}; see --help`);
const measured = await inRounds(names, rounds, measure);
const ratioOf = values.saturate ? 'finished/s' : values['find-capacity'] ? 'sustained/s' : 'CPU µs/order';
const first = 'variant';
const text = sectionText('bench:system', [
  names.map((name) => `\`${name}\`: ${variantNotes[name]}.  `).join('\n'),
  'With 400 orders under way all the time (`finished/s`, full) and at the highest arrival rate that lasts (`sustained/s`); `syncs` are counted by strace, which slows the system down:',
  figuresTable(measured, { first, columns: costColumns, ratioOf }),
  `At ${rate} orders/s, cost:`,
  figuresTable(measured, {
    first,
    columns: [
      { key: 'CPU µs/order', digits: 0 },
      { key: 'commits/order', digits: 3 },
      { key: 'RSS MB', digits: 0 },
    ],
  }),
  `At ${rate} orders/s, from the moment an order was due to its 201:`,
  figuresTable(measured, { first, columns: latencyColumns('accept') }),
  `At ${rate} orders/s, from the moment an order was due to the end of its saga, as its event stream shows it:`,
  figuresTable(measured, { first, columns: latencyColumns('complete') }),
  gatesTable(gatesOf(measured)),
]);
await publish('system', text, values.write);
