// ordersaga, its plain mode, Restate and DBOS: the same saga, the same participants, the same durability, in one run.
//
//   npm ci --prefix bench/peers && npm run bench:peers -- [--rounds 4] [--seconds 6] [--only NAME,…] [--write]
//
// Rounds go through the engines forwards and backwards in turn (A B B A). `--write` puts the tables and the plot into
// docs/performance.md.
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { startScript } from './child.ts';
import { comparisonText, type Figures, replaceSection } from './comparison-text.ts';
import { type Engine, engines } from './engines.ts';
import type { Addresses } from './order-calls.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '6' },
    rate: { type: 'string', default: '50' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const [rounds, seconds, rate] = [Number(values.rounds), Number(values.seconds), Number(values.rate)];
const wanted = engines.filter(
  ({ name }) => values.only === undefined || values.only.split(';').includes(name),
);
const figures = new Map<string, Figures>(
  wanted.map(({ name }) => [name, { capacity: [], p50Ms: [], p99Ms: [] }]),
);

async function measure({ name, start }: Engine, participants: Addresses): Promise<void> {
  const running = await start(participants);
  try {
    // The first orders meet cold caches and uncompiled code in every engine.
    await running.latencyAt(rate * 2, 4);
    const latency = await running.latencyAt(rate, seconds);
    const capacity = await running.capacity(seconds);
    const own = figures.get(name);
    own?.capacity.push(capacity);
    own?.p50Ms.push(latency.p50Ms);
    own?.p99Ms.push(latency.p99Ms);
    process.stderr.write(
      `${name}: ${capacity.toFixed(0)}/s; at ${rate}/s p50 ${latency.p50Ms.toFixed(1)} ms, p99 ${latency.p99Ms.toFixed(1)} ms\n`,
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

const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
const command = `npm run bench:peers -- --rounds ${rounds} --seconds ${seconds} --rate ${rate}`;
const text = comparisonText(figures, { machine, command, rate });
process.stdout.write(`${text}\n`);
if (values.write) {
  const page = new URL('../../docs/performance.md', import.meta.url);
  await writeFile(page, replaceSection(await readFile(page, 'utf8'), 'peers', text));
}
