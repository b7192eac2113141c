// Whether a system with a long history is slower than one without: capacity, crash to ready, recovery. See --help.
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { orderBody } from '../src/load/order-mix.ts';
import { runLoad } from '../src/load/run-load.ts';
import { costsOf } from './support/costs.ts';
import { copyOfHistory } from './support/history.ts';
import { countLiveSagas, untilNoneLive } from './support/live-sagas.ts';
import { mustBalance, offer, saturate } from './support/load.ts';
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
import { newDataDir, removeDataDir, type StartOptions, type System, startOne } from './support/system.ts';

const help = `npm run bench:growth -- [flags]

The same load on an empty directory and on one with a history of finished sagas, in turn (A B B A): orders finished a
second with 400 under way; from the start after SIGKILL under load to the first accepted order; and from the start after
SIGKILL to the end of so many sagas that were under way.

  --sagas N      finished sagas of the history, default 1000000
  --live N       sagas under way when the system is killed, default 1000; at most 9000
  --rounds N     default 2
  --seconds N    of each load, default 10
  --history DIR  where the history is, or is to be made, and kept; default ordersaga-history-N beside other temporary
                 files. A million sagas take a minute or two and about 3 GB, and as much again for the copy that is used
  --retention T  flag of "ordersaga start" for both, e.g. 30d; default: none, nothing is archived
  --write        put the result into docs/performance.md

Takes about rounds × 2 × (2 × seconds + 40 s), and the books are checked in the end.`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    sagas: { type: 'string', default: '1000000' },
    live: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '10' },
    history: { type: 'string' },
    retention: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const [sagas, live] = [Number(values.sagas), Number(values.live)];
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
const options: StartOptions = {
  flags: values.retention === undefined ? [] : ['--retention', values.retention],
};
const empty = 'empty';
const old = `${sagas} finished`;

async function measure(dataDir: string): Promise<Figures> {
  const system = await startOne(dataDir, options);
  const capacity = await crashing(system, () => measureCapacity(system));
  progress('  killed under load; starting again');
  const ready = await measureReady(dataDir);
  progress(`  killing it with ${live} sagas under way`);
  const recovery = await measureRecovery(dataDir);
  return { ...capacity, ...ready, ...recovery };
}

async function measureCapacity(system: System): Promise<Figures> {
  // Sets the stock, and warms up.
  await offer(system.url, { perSecond: 200, seconds: 2 });
  await saturate(system.url, Math.min(seconds, 5));
  const before = await costsOf(system);
  const { finishedPerSecond, finished } = await saturate(system.url, seconds);
  const after = await costsOf(system);
  // These are under way when the crash comes.
  void orderUntilCrash(system.url);
  await sleep(2_000);
  return {
    'finished/s': finishedPerSecond,
    'CPU µs/order': (after.cpuMicros - before.cpuMicros) / finished,
    'commits/order': (after.commits - before.commits) / finished,
    'RSS MB': after.rssMb,
  };
}

/** From the start of a process after a crash to the first order that it accepts. */
async function measureReady(dataDir: string): Promise<Figures> {
  const startedMs = performance.now();
  const system = await startOne(dataDir, options);
  return closing(system, async () => {
    const listensMs = performance.now() - startedMs;
    await untilAccepted(system.url);
    const acceptsMs = performance.now() - startedMs;
    await untilNoneLive(dataDir);
    return { 'listens ms': listensMs, 'accepts an order ms': acceptsMs };
  });
}

/** Payment is held back until all sagas wait for it, and again after the crash until the new process is there. */
async function measureRecovery(dataDir: string): Promise<Figures> {
  const before = await startOne(dataDir, options);
  await crashing(before, async () => {
    await turn('pause', before.url);
    await orderAndLeave(before.url, live);
  });
  const left = countLiveSagas(dataDir);
  if (left !== live) throw new Error(`${left} sagas were under way when the system was killed, not ${live}`);
  const startedMs = performance.now();
  const after = await startOne(dataDir, options);
  return closing(after, async () => {
    const readyMs = performance.now();
    await turn('resume', after.url);
    await untilNoneLive(dataDir);
    const endMs = performance.now();
    return { 'recovery ms': endMs - startedMs, 'of it after ready ms': endMs - readyMs };
  });
}

async function turn(verb: 'pause' | 'resume', url: string): Promise<void> {
  const body = JSON.stringify({ participant: 'payment', reason: 'measuring', operator: 'bench' });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/engine/${verb}`, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(`${verb}: ${response.status} ${await response.text()}`);
}

/** Sends orders, repeating those that are shed, until this many are accepted. */
async function orderAndLeave(url: string, orders: number): Promise<void> {
  for (let missing = orders; missing > 0; ) {
    const { accepted } = await runLoad({ ...plan(url), steps: [{ perSecond: missing, durationMs: 1_000 }] });
    missing -= accepted;
  }
}

async function orderUntilCrash(url: string): Promise<void> {
  const load = runLoad({ ...plan(url), steps: [{ perSecond: 300, durationMs: 2_500 }] });
  await load.catch(() => {});
}

const plan = (url: string) => ({
  url,
  mix: { happy: 1, declined: 0, 'out-of-stock': 0 },
  connections: 32,
  watchPerSecond: 0,
  drainMs: 0,
  runId: randomUUID(),
});

async function untilAccepted(url: string): Promise<void> {
  for (;;) {
    const order = {
      method: 'POST',
      body: orderBody('happy', 1),
      headers: { 'content-type': 'application/json' },
    };
    const { status } = await fetch(`${url}/orders`, order);
    if (status === 201) return;
    await sleep(5);
  }
}

/** Does the work, then kills the system, in any case. */
async function crashing<Result>(system: System, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } finally {
    await system.kill();
  }
}

async function closing<Result>(system: System, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } finally {
    await system.close();
  }
}

async function measureEmpty(): Promise<Figures> {
  const dataDir = await newDataDir();
  try {
    const figures = await measure(dataDir);
    await mustBalance(dataDir);
    return figures;
  } finally {
    await removeDataDir(dataDir);
  }
}

function gatesOf(measured: Measured): Gate[] {
  const ratio = medianOf(measured, old, 'finished/s') / medianOf(measured, empty, 'finished/s');
  return [{ what: `orders/s, ${old} : empty`, value: ratio, gate: 0.95, aim: 0.98, better: 'more' }];
}

if (values.help) {
  console.log(help);
  process.exit();
}
const history = await copyOfHistory(sagas, values.history, progress);
try {
  const measured = await inRounds([empty, old], rounds, (name) =>
    name === empty ? measureEmpty() : measure(history),
  );
  progress('checking the books');
  await mustBalance(history);
  const text = sectionText('bench:growth', [
    `With 400 orders under way all the time, on an empty directory and on one with ${sagas} finished sagas; the same directory in every round, so it ends with a little more:`,
    figuresTable(measured, {
      first: 'history',
      columns: [
        { key: 'finished/s', digits: 0 },
        { key: 'CPU µs/order', digits: 0 },
        { key: 'commits/order', digits: 3 },
        { key: 'RSS MB', digits: 0 },
      ],
      ratioOf: 'finished/s',
    }),
    `From the start of the process after SIGKILL under load; and, after SIGKILL with ${live} sagas that waited for payment, until all of them have ended:`,
    figuresTable(measured, {
      first: 'history',
      columns: [
        { key: 'listens ms', digits: 0 },
        { key: 'accepts an order ms', digits: 0 },
        { key: 'recovery ms', digits: 0 },
        { key: 'of it after ready ms', digits: 0 },
      ],
    }),
    gatesTable(gatesOf(measured)),
  ]);
  await publish('growth', text, values.write);
} finally {
  await removeDataDir(history);
}
