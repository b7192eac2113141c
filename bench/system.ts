// The whole system over HTTP: throughput, latency, CPU, commits and memory for each form of it, in one run.
//
//   npm run bench:system -- [--variants one,split,…] [--rounds 2] [--rate 500] [--seconds 8] [--find-capacity]
//
// Variants run in turn, forwards and backwards (A B B A). CPU is user + system time of all processes of the system for
// each accepted order, the load generator not included. A commit is one fdatasync: WAL with synchronous=FULL.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Capacity } from '../src/load/find-capacity.ts';
import type { LoadReport } from '../src/load/load-report.ts';
import { type Child, outputOf, startProcess } from './peers/child.ts';
import { median } from './peers/comparison-text.ts';

const { values } = parseArgs({
  options: {
    variants: { type: 'string', default: 'one,every-event,unary,split' },
    rounds: { type: 'string', default: '2' },
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '8' },
    'find-capacity': { type: 'boolean', default: false },
  },
});

type Hello = { readonly http?: { readonly url: string }; readonly services: readonly Service[] };
type Service = { readonly name: string; readonly address: string };
type System = { readonly url: string; readonly processes: readonly Child[] };
type Figures = Readonly<Record<string, number>>;

const bin = new URL('../bin/ordersaga.js', import.meta.url).pathname;
const ports = [
  '--http-port',
  '0',
  '--saga-port',
  '0',
  '--order-port',
  '0',
  '--inventory-port',
  '0',
  '--payment-port',
  '0',
];
const start = (data: string, flags: readonly string[]): Promise<Child> =>
  startProcess(process.execPath, [
    bin,
    'start',
    '--json',
    '--log-level',
    'warn',
    '--data-dir',
    data,
    ...ports,
    ...flags,
  ]);

async function oneProcess(data: string, flags: readonly string[]): Promise<System> {
  const child = await start(data, flags);
  return { url: (child.hello as Hello).http?.url ?? '', processes: [child] };
}

async function split(data: string): Promise<System> {
  const names = ['order', 'inventory', 'payment'] as const;
  const participants = await Promise.all(names.map((name) => start(data, ['--services', name])));
  const addresses = participants.flatMap(({ hello }) => (hello as Hello).services);
  const where = addresses.flatMap(({ name, address }) => [`--${name}-addr`, address]);
  const gateway = await start(data, ['--services', 'gateway', ...where]);
  return { url: (gateway.hello as Hello).http?.url ?? '', processes: [...participants, gateway] };
}

const variants: Readonly<Record<string, (data: string) => Promise<System>>> = {
  one: (data) => oneProcess(data, []),
  unary: (data) => oneProcess(data, ['--hops', 'unary']),
  'every-event': (data) => oneProcess(data, ['--log-mode', 'every-event']),
  plain: (data) => oneProcess(data, ['--hops', 'unary', '--log-mode', 'every-event']),
  redis: (data) => oneProcess(data, ['--redis-url', process.env.REDIS_URL ?? 'redis://127.0.0.1:6379']),
  split,
};

const load = async (url: string, ...flags: string[]): Promise<string> =>
  outputOf(process.execPath, [bin, 'load', '--url', url, '--json', ...flags]);

async function measure(variant: string): Promise<Figures> {
  const data = await mkdtemp(join(tmpdir(), 'ordersaga-bench-'));
  const system = await variants[variant]?.(data);
  if (system === undefined) throw new Error(`there is no variant ${variant}`);
  try {
    await load(system.url, '--rate', values.rate, '--duration', values.seconds, '--watch-rate', '0');
    const before = await costs(system);
    const report = JSON.parse(
      await load(system.url, '--rate', values.rate, '--duration', values.seconds, '--watch-rate', '20'),
    ) as LoadReport;
    const after = await costs(system);
    const knee = values['find-capacity']
      ? (
          JSON.parse(
            await load(system.url, '--find-capacity', '--duration', '4', '--watch-rate', '0'),
          ) as Capacity
        ).kneePerSecond
      : Number.NaN;
    return {
      'finished/s': report.finishedPerSecond,
      'capacity/s': knee,
      'accept p50 ms': report.accept.p50Ms,
      'accept p99 ms': report.accept.p99Ms,
      'complete p50 ms': report.complete.p50Ms,
      'complete p99 ms': report.complete.p99Ms,
      'CPU µs/order': ((after.cpuTicks - before.cpuTicks) * 10_000) / report.accepted,
      'commits/order': (after.commits - before.commits) / report.accepted,
      'RSS MB': after.rssMb,
    };
  } finally {
    for (const child of system.processes.toReversed()) await child.close();
    await rm(data, { recursive: true });
  }
}

/** Linux only: the kernel's count of ticks of 10 ms, and of resident pages. */
async function costs({
  url,
  processes,
}: System): Promise<{ cpuTicks: number; commits: number; rssMb: number }> {
  let [cpuTicks, rssMb] = [0, 0];
  for (const { pid } of processes) {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    cpuTicks += Number(fields[11]) + Number(fields[12]);
    rssMb += (Number(fields[21]) * 4_096) / 1e6;
  }
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = text.matchAll(/^ordersaga_log_commit_operations_count\{.*\} (\d+)$/gm);
  return { cpuTicks, rssMb, commits: [...counts].reduce((sum, [, count]) => sum + Number(count), 0) };
}

const names = values.variants.split(',');
const figures = new Map<string, Figures[]>(names.map((name) => [name, []]));
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const name of round % 2 === 0 ? names : names.toReversed())
    figures.get(name)?.push(await measure(name));
}
console.log(`node ${process.version}, ${values.rate} orders/s offered, medians of ${values.rounds}`);
console.table(
  Object.fromEntries(
    [...figures].map(([name, rounds]) => [
      name,
      Object.fromEntries(
        Object.keys(rounds[0] ?? {}).map((key) => {
          const digits = key.includes('commits') ? 2 : key.includes('ms') ? 1 : 0;
          return [key, Number(median(rounds.map((round) => round[key] ?? Number.NaN)).toFixed(digits))];
        }),
      ),
    ]),
  ),
);
