import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { orderSaga } from '../../src/checkout/order-saga.ts';
import type { SagaEvent } from '../../src/saga/event.ts';
import { program as inventoryProgram } from '../../src/services/inventory/inventory-store.ts';
import { program as orderProgram } from '../../src/services/order/order-store.ts';
import { program as paymentProgram } from '../../src/services/payment/payment-store.ts';
import { NO_HASH, rowHash } from '../../src/stores/hash-chain.ts';
import { sagaLogMigrations } from '../../src/stores/sqlite/saga-log-schema.ts';

const products = 1_000;
/** Sagas that run at the same time, so that their rows lie mixed in the log. */
const interleaved = 64;
/** Sagas of one transaction. */
const batch = 64 * 200;

/** The databases of a system and what makes their schema. */
export const historyFiles = {
  saga: sagaLogMigrations,
  order: orderProgram.migrations,
  inventory: inventoryProgram.migrations,
  payment: paymentProgram.migrations,
} as const;

/**
 * Writes the finished history of a shop: nine orders in ten sold, the others declined, some charged after a doubt. The
 * files are as the system itself would have left them, triggers included.
 */
export function writeHistory(dataDir: string, sagas: number): { readonly logRows: number } {
  mkdirSync(dataDir, { recursive: true });
  const create = (name: keyof typeof historyFiles): Database =>
    createFile(join(dataDir, `${name}.db`), historyFiles[name]);
  const saga = create('saga');
  const order = create('order');
  const inventory = create('inventory');
  const payment = create('payment');
  const files = [saga, order, inventory, payment];
  const write = writersOf({ saga, order, inventory, payment });
  const counts = { completed: 0, compensated: 0, logRows: 0 };
  const sold = new Map<string, number>();
  const startMs = Date.UTC(2025, 0, 1);

  for (let first = 0; first < sagas; first += batch) {
    for (const file of files) file.exec('BEGIN');
    for (let group = first; group < Math.min(first + batch, sagas); group += interleaved) {
      const members = Array.from({ length: Math.min(interleaved, sagas - group) }, (_, index) =>
        storyOf(group + index, startMs + (group + index) * 5),
      );
      for (const story of members) {
        write.rows(story);
        counts[story.status] += 1;
        if (story.status === 'completed')
          sold.set(story.productId, (sold.get(story.productId) ?? 0) + story.quantity);
      }
      counts.logRows += write.log(members);
    }
    for (const file of files) file.exec('COMMIT');
  }

  const stock = inventory.prepare('INSERT INTO stock VALUES (?, ?, ?, ?)');
  for (let index = 0; index < products; index += 1) {
    const units = sold.get(`prod_${index}`) ?? 0;
    stock.run(`prod_${index}`, 1_000, units, 1_000 + units);
  }
  const count = saga.prepare('UPDATE finished_count SET sagas = ? WHERE status = ?');
  for (const status of ['completed', 'compensated'] as const) count.run(counts[status], status);
  finish(saga, historyFiles.saga);
  finish(order, historyFiles.order);
  finish(inventory, historyFiles.inventory);
  finish(payment, historyFiles.payment);
  return { logRows: counts.logRows };
}

type Story = {
  readonly id: string;
  readonly status: 'completed' | 'compensated';
  readonly atMs: number;
  readonly productId: string;
  readonly quantity: number;
  readonly priceMinor: number;
  readonly events: readonly SagaEvent[];
};

function storyOf(number: number, atMs: number): Story {
  const id = idOf(number, atMs);
  const quantity = 1 + (number % 3);
  const priceMinor = 500 + (number % 97) * 100;
  const productId = `prod_${number % products}`;
  const isDeclined = number % 10 === 9;
  const input = {
    customerId: `customer_${number % 50_000}`,
    currency: 'USD',
    items: [{ productId, quantity, priceMinor }],
    totalMinor: quantity * priceMinor,
  };
  const attempt = (step: string, number: number) => ({
    step,
    attempt: number,
    durationMs: 1 + ((atMs + number) % 40),
  });
  const did = (step: string): SagaEvent => ({ type: 'StepSucceeded', ...attempt(step, 1) });
  const undid = (step: string): SagaEvent => ({ type: 'StepCompensated', ...attempt(step, 1) });
  const started: SagaEvent = {
    type: 'SagaStarted',
    definition: orderSaga.name,
    version: orderSaga.version,
    input,
    deadlineAtMs: atMs + orderSaga.deadlineMs,
  };
  const charge = { ...attempt('charge-payment', number % 20 === 5 ? 2 : 1) };
  const doubt: SagaEvent = {
    type: 'AttemptFailed',
    ...attempt('charge-payment', 1),
    direction: 'action',
    outcome: 'inDoubt',
    failure: { code: 'DEADLINE_EXCEEDED', message: 'no answer within 5000 ms' },
    retryAtMs: atMs + 5_100,
  };
  const refusal = {
    code: 'payment_declined',
    message: 'the amount exceeds the limit of the simulated processor',
  };
  const events: SagaEvent[] = isDeclined
    ? [
        started,
        did('create-order'),
        did('reserve-stock'),
        { type: 'StepRejected', ...charge, refusal },
        { type: 'CompensationStarted', cause: { ...refusal, step: 'charge-payment' } },
        undid('reserve-stock'),
        undid('create-order'),
        { type: 'SagaCompensated' },
      ]
    : [
        started,
        did('create-order'),
        did('reserve-stock'),
        ...(number % 20 === 5 ? [doubt] : []),
        {
          type: 'StepSucceeded',
          ...charge,
          answer: { processorReference: `sim_${id}:charge-payment:action` },
        },
        did('confirm-order'),
        { type: 'SagaCompleted' },
      ];
  return {
    id,
    atMs,
    productId,
    quantity,
    priceMinor,
    events,
    status: isDeclined ? 'compensated' : 'completed',
  };
}

/** A UUIDv7 whose random part counts. */
function idOf(number: number, atMs: number): string {
  const time = atMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

type Files = Readonly<Record<'saga' | 'order' | 'inventory' | 'payment', Database>>;

function writersOf({ saga, order, inventory, payment }: Files) {
  const sagaRow = saga.prepare(`INSERT INTO saga VALUES (?, 'order', 1, ?, 'bench', 1, ?, ?, ?, ?, ?)`);
  const logRow = saga.prepare('INSERT INTO saga_log VALUES (?, ?, ?, ?, ?, 1, ?, ?)');
  const orderRow = order.prepare(`INSERT INTO orders VALUES (?, 'customer', ?, 'USD', ?, ?, '', ?, ?)`);
  const reservationRow = inventory.prepare(
    'INSERT INTO reservation VALUES (?, ?, ?, NULL, NULL, NULL, ?, ?)',
  );
  const paymentRow = payment.prepare(
    `INSERT INTO payment VALUES (?, ?, 'customer', 'USD', ?, ?, ?, ?, NULL, ?, ?)`,
  );
  const barrierRows = [order, inventory, payment].map((file) =>
    file.prepare(`INSERT INTO barrier VALUES (?, ?, 'action', 'x', '{}', 1, ?)`),
  );
  return {
    rows({ id, status, atMs, productId, quantity, priceMinor }: Story): void {
      const isSold = status === 'completed';
      const total = quantity * priceMinor;
      const items = JSON.stringify([{ productId, quantity, priceMinor }]);
      const reserved = JSON.stringify([{ productId, quantity }]);
      const reference = `sim_${id}:charge-payment:action`;
      const refusal = isSold ? [null, null] : ['payment_declined', 'no'];
      orderRow.run(id, isSold ? 'confirmed' : 'cancelled', total, items, atMs, atMs);
      reservationRow.run(id, isSold ? 'held' : 'released', reserved, atMs, atMs);
      const paymentStatus = isSold ? 'captured' : 'declined';
      paymentRow.run(id, paymentStatus, total, isSold ? reference : null, ...refusal, atMs, atMs);
      for (const [index, step] of ['create-order', 'reserve-stock', 'charge-payment'].entries())
        barrierRows[index]?.run(id, step, atMs);
    },
    /** Row by row of each in turn, as they would have come. */
    log(members: readonly Story[]): number {
      const heads = members.map(() => NO_HASH);
      const longest = Math.max(...members.map(({ events }) => events.length));
      let written = 0;
      for (let seq = 1; seq <= longest; seq += 1) {
        for (const [index, { id, atMs, events }] of members.entries()) {
          const event = events[seq - 1];
          if (event === undefined) continue;
          const traceId = id.replaceAll('-', '');
          const spanId = traceId.slice(16);
          const row = { seq, epoch: 1, atMs: atMs + seq, traceId, spanId, data: JSON.stringify(event) };
          const hash = rowHash(id, heads[index] ?? NO_HASH, row);
          heads[index] = hash;
          logRow.run(id, seq, row.data, traceId, spanId, row.atMs, hash);
          written += 1;
        }
      }
      for (const [index, { id, status, atMs, events }] of members.entries()) {
        const traceparent = `00-${id.replaceAll('-', '')}-0000000000000001-00`;
        sagaRow.run(id, status, events.length, heads[index], traceparent, atMs, atMs + events.length);
      }
      return written;
    },
  };
}

/** Without the triggers until it is finished: they would have every saga written row by row in the order in which it lived. */
function createFile(path: string, migrations: readonly string[]): Database {
  const file = new Sqlite(path);
  file.pragma('journal_mode = OFF');
  file.pragma('synchronous = OFF');
  for (const script of migrations) file.exec(script);
  for (const { name } of triggersOf(file)) file.exec(`DROP TRIGGER ${name}`);
  file.pragma(`user_version = ${migrations.length}`);
  return file;
}

function finish(file: Database, migrations: readonly string[]): void {
  const fresh = new Sqlite(':memory:');
  for (const script of migrations) fresh.exec(script);
  for (const { sql } of triggersOf(fresh)) file.exec(sql);
  fresh.close();
  file.pragma('journal_mode = WAL');
  file.close();
}

type Trigger = { readonly name: string; readonly sql: string };

const triggersOf = (file: Database): Trigger[] =>
  file
    .prepare<[], Trigger>("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid")
    .all();
