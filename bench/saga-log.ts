/**
 * CPU that the saga log's thread takes for an order: acceptance and five events, 60 orders at a time, when events are
 * written one by one, and when those that nobody waits for are written with the next one. Rounds run A B B A; medians.
 *
 * node bench/saga-log.ts [--orders 60] [--rounds 8]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { type Call, createExecutor } from '../src/stores/sqlite/executor.ts';
import { migrate } from '../src/stores/sqlite/migrations.ts';
import { openWritable } from '../src/stores/sqlite/open-file.ts';
import { program } from '../src/stores/sqlite/saga-log-program.ts';
import { median } from './support/median.ts';

const { values } = parseArgs({
  options: { orders: { type: 'string', default: '60' }, rounds: { type: 'string', default: '8' } },
});
const orders = Number(values.orders);
const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
const started = JSON.stringify({
  type: 'SagaStarted',
  definition: 'order',
  version: 1,
  input: { customerId: 'cust_1', currency: 'USD', items: [{ productId: 'prod_1', quantity: 1 }] },
  deadlineAtMs: 1,
});
const succeeded = JSON.stringify({
  type: 'StepSucceeded',
  step: 'reserve-stock',
  attempt: 1,
  durationMs: 3,
});
let number = 0;

function newId(): string {
  number += 1;
  return `01a2160b-0000-7000-8000-${String(number).padStart(12, '0')}`;
}

const accept = (sagaId: string): Call => {
  const idempotency = { scope: 's', key: sagaId, fingerprint: 'f', answer: started, expiresAtMs: 9e12 };
  const saga = { sagaId, definition: 'order', version: 1, owner: 'o', traceparent: 't', atMs: 1, ...trace };
  return { name: 'accept', argument: { ...saga, data: started, idempotency } };
};

const append = (sagaId: string, afterSeq: number, events: number): Call => ({
  name: 'append',
  argument: {
    sagaId,
    expectedSeq: afterSeq,
    epoch: 1,
    status: afterSeq + events === 6 ? 'completed' : 'running',
    rows: Array.from({ length: events }, () => ({ data: succeeded, ...trace, atMs: 2 })),
  },
});

/** The commits of some orders: the acceptance, what comes before the pivot, and the end. */
const forms: Readonly<Record<string, (ids: readonly string[]) => readonly Call[][]>> = {
  'one by one': (ids) => [
    ids.map(accept),
    [1, 2, 3].flatMap((seq) => ids.map((id) => append(id, seq, 1))),
    [4, 5].flatMap((seq) => ids.map((id) => append(id, seq, 1))),
  ],
  together: (ids) => [ids.map(accept), ids.map((id) => append(id, 1, 3)), ids.map((id) => append(id, 4, 2))],
};

async function measure(commitsOf: (ids: readonly string[]) => readonly Call[][]): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'ordersaga-bench-'));
  const file = join(directory, 'saga.db');
  const database = openWritable(file, 5_000);
  migrate(database, program.migrations, file);
  const executor = createExecutor(database, program.create(database), file);
  const runSome = (): void => {
    for (const calls of commitsOf(Array.from({ length: orders }, newId))) {
      const failed = executor.write(calls).answers.find((answer) => !answer.ok || answer.value === undefined);
      if (failed) throw new Error(`the log refused an event: ${JSON.stringify(failed)}`);
    }
  };
  for (let warm = 0; warm < 30; warm += 1) runSome();
  const before = process.cpuUsage();
  for (let run = 0; run < 60; run += 1) runSome();
  const { user, system } = process.cpuUsage(before);
  database.close();
  await rm(directory, { recursive: true });
  return (user + system) / (60 * orders);
}

const names = Object.keys(forms);
const figures = new Map<string, number[]>(names.map((name) => [name, []]));
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const name of round % 2 === 0 ? names : names.toReversed()) {
    const form = forms[name];
    if (form) figures.get(name)?.push(await measure(form));
  }
}
for (const [name, micros] of figures) console.log(`${name}: ${median(micros).toFixed(0)} µs an order`);
