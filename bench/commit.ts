/**
 * A server that makes one durable write per request, with SQLite on the event loop (inline) against SQLite in its
 * thread: 1, 8 and 64 clients in closed loop over loopback sockets, with no other work and with `--work` microseconds
 * of it per request (half before the write, half after; a gRPC call costs about 165). Rounds run A B B A; medians.
 *
 * `--disk` makes each commit take that many milliseconds longer, as a slower disk would.
 *
 * node bench/commit.ts [--seconds 1] [--rounds 4] [--work 0,165] [--disk 0] [--boundary default|turn|microtask]
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { moduleBeside } from '../src/stores/module-beside.ts';
import { type DatabaseClient, type DatabaseOptions, openDatabase } from '../src/stores/sqlite/database.ts';
import type { CommitOperations } from './commit-program.ts';
import { median } from './support/median.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '4' },
    work: { type: 'string', default: '0,165' },
    disk: { type: 'string', default: '0' },
    boundary: { type: 'string', default: 'default' },
  },
});

type Form = 'inline' | 'thread';
type Load = { readonly clients: number; readonly workUs: number };
type Answer = { readonly perSecond: number; readonly p50Ms: number; readonly p99Ms: number };
type Figure = Answer & { readonly batch: number; readonly loopP99Ms: number };

const boundaries: Record<string, Pick<DatabaseOptions, 'schedule'>> = {
  turn: { schedule: (flush) => void setImmediate(flush) },
  microtask: { schedule: queueMicrotask },
};
const boundary = boundaries[values.boundary] ?? {};
const text = 'x'.repeat(200);

function spin(us: number): void {
  const endMs = performance.now() + us / 1_000;
  while (performance.now() < endMs);
}

async function offer(database: DatabaseClient<CommitOperations>, { clients, workUs }: Load): Promise<Answer> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('data', async () => {
      if (workUs > 0) spin(workUs / 2);
      await database.write('append', text);
      if (workUs > 0) spin(workUs / 2);
      socket.write('y');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const load = new Worker(moduleBeside('commit-load', import.meta.url), {
    workerData: { port, clients, durationMs: Number(values.seconds) * 1_000 },
  });
  const [answer] = (await once(load, 'message')) as [Answer];
  await once(server.close(), 'close');
  return answer;
}

async function measure(load: Load, form: Form): Promise<Figure> {
  const directory = await mkdtemp(join(tmpdir(), 'ordersaga-bench-'));
  let commits = 0;
  let writes = 0;
  const database = await openDatabase<CommitOperations>({
    file: join(directory, 'bench.db'),
    program: new URL(`?stallMs=${values.disk}`, moduleBeside('commit-program', import.meta.url)),
    thread: form === 'thread',
    onCommit: ({ operations }) => {
      commits += 1;
      writes += operations;
    },
    ...boundary,
  });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const answer = await offer(database, load);
  delay.disable();
  await database.close();
  await rm(directory, { recursive: true });
  return { ...answer, batch: writes / commits, loopP99Ms: delay.percentile(99) / 1e6 };
}

const medianOf = (figures: readonly Figure[], field: keyof Figure): number =>
  median(figures.map((figure) => figure[field]));

async function compare(load: Load): Promise<object> {
  const figures: Record<Form, Figure[]> = { inline: [], thread: [] };
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const order: readonly Form[] = round % 2 === 0 ? ['inline', 'thread'] : ['thread', 'inline'];
    for (const form of order) figures[form].push(await measure(load, form));
  }
  const pair = (field: keyof Figure, digits: number): string =>
    `${medianOf(figures.inline, field).toFixed(digits)} / ${medianOf(figures.thread, field).toFixed(digits)}`;
  const ratio = medianOf(figures.thread, 'perSecond') / medianOf(figures.inline, 'perSecond');
  return {
    'work µs': load.workUs,
    clients: load.clients,
    'inline/s / thread/s': pair('perSecond', 0),
    ratio: Number(ratio.toFixed(2)),
    'writes a commit': pair('batch', 1),
    'p50 ms': pair('p50Ms', 2),
    'p99 ms': pair('p99Ms', 2),
    'loop delay p99 ms': pair('loopP99Ms', 1),
  };
}

const rows: object[] = [];
for (const workUs of values.work.split(',').map(Number))
  for (const clients of [1, 8, 64]) rows.push(await compare({ clients, workUs }));
console.log(
  `disk +${values.disk} ms, boundary ${values.boundary}, node ${process.version}, ${process.platform} ${process.arch}`,
);
console.table(rows);
