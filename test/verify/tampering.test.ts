import type { Database } from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReportViolation } from '../../src/contract/books.ts';
import { NO_HASH, rowHash } from '../../src/stores/hash-chain.ts';
import { verifyFiles } from '../../src/verify/files/verify-files.ts';
import {
  type BookName,
  copyOf,
  removeDirectory,
  type Story,
  storyIn,
  tamper,
  temporaryDirectory,
} from './real-shop.ts';

const dataDir = temporaryDirectory();
let story: Story;

beforeAll(async () => {
  story = await storyIn(dataDir);
});
afterAll(() => removeDirectory(dataDir));

const verified = (directory: string, threads?: number) =>
  verifyFiles({ dataDir: directory, nowMs: Date.now(), ...(threads !== undefined && { threads }) });

describe('the books of a shop that was closed', () => {
  test('balanced, and said what was sold, kept and given back', async () => {
    const report = await verified(dataDir);
    expect(report.violations).toEqual([]);
    expect(report.result).toBe('balanced');
    expect(report.orders).toMatchObject({ unfinished: 0, halted: 0 });
    const [usd] = report.money;
    expect(usd).toMatchObject({ currency: 'USD', difference: '0.00', at_risk: '0.00' });
    expect(Number(usd?.refunded)).toBeGreaterThanOrEqual(20);
    expect(usd?.kept).toBe(usd?.confirmed);
    expect(report.stock.find(({ product_id }) => product_id === 'prod_1')).toEqual({
      product_id: 'prod_1',
      stocked: 15,
      available: 13,
      held: 0,
      sold: 2,
      difference: 0,
    });
    expect(report.checks.map(({ violations }) => violations)).toEqual(Array(10).fill(0));
  });

  test('read the same in threads as without', async () => {
    expect(await verified(dataDir, 2)).toEqual(await verified(dataDir, 0));
  });

  test('were not changed by reading them', async () => {
    const copy = copyOf(dataDir);
    await verified(copy);
    expect(await verified(copy)).toEqual(await verified(dataDir));
  });
});

type Tampering = {
  readonly book: BookName;
  readonly change: (database: Database) => void;
  readonly found: Partial<ReportViolation>;
};

const run =
  (sql: string, ...values: unknown[]) =>
  (database: Database) =>
    expect(database.prepare(sql).run(...values).changes).toBeGreaterThan(0);
const about = (text: string): string => expect.stringContaining(text) as unknown as string;

/** The orders are known only when the shop has run. */
const tamperings: readonly { readonly what: string; readonly make: () => Tampering }[] = [
  {
    what: 'a unit vanished from the shelf',
    make: () => ({
      book: 'inventory',
      change: run("UPDATE stock SET available = available - 1 WHERE product_id = 'prod_1'"),
      found: {
        invariant: 'I1',
        product_id: 'prod_1',
        message: about('15 stocked, but 12 available and 2 reserved'),
      },
    }),
  },
  {
    what: 'a unit moved from one product to another',
    make: () => ({
      book: 'inventory',
      change: run(
        "UPDATE stock SET available = available + 1, reserved = reserved - 1 WHERE product_id = 'prod_1'",
      ),
      found: {
        invariant: 'I1',
        product_id: 'prod_1',
        message: about('1 reserved, but the reservations hold 2'),
      },
    }),
  },
  {
    what: 'a price was changed',
    make: () => ({
      book: 'order',
      change: run(
        `UPDATE orders SET total_minor = 4000, items = '[{"productId":"prod_1","quantity":2,"priceMinor":2000}]' WHERE id = ?`,
        story.sold,
      ),
      found: {
        invariant: 'I2',
        order_id: story.sold,
        amount: '-10.00',
        currency: 'USD',
        message: about('50.00 USD was ordered'),
      },
    }),
  },
  {
    what: 'a line of an order was changed',
    make: () => ({
      book: 'order',
      change: run(
        `UPDATE orders SET items = '[{"productId":"prod_1","quantity":1,"priceMinor":5000}]' WHERE id = ?`,
        story.sold,
      ),
      found: { invariant: 'I2', order_id: story.sold, product_id: 'prod_1', message: about('2 × prod_1') },
    }),
  },
  {
    what: 'a charge was lowered',
    make: () => ({
      book: 'payment',
      change: run('UPDATE payment SET amount_minor = 100 WHERE order_id = ?', story.sold),
      found: { invariant: 'I2', order_id: story.sold, currency: 'USD', amount: '-49.00' },
    }),
  },
  {
    what: 'the money of a confirmed order was given back',
    make: () => ({
      book: 'payment',
      change: run("UPDATE payment SET status = 'refunded' WHERE order_id = ?", story.sold),
      found: {
        invariant: 'I2',
        order_id: story.sold,
        amount: '50.00',
        message: about('0.00 USD are kept (refunded)'),
      },
    }),
  },
  {
    what: 'the payment of a confirmed order was deleted',
    make: () => ({
      book: 'payment',
      change: run('DELETE FROM payment WHERE order_id = ?', story.sold),
      found: { invariant: 'I2', order_id: story.sold, amount: '50.00', message: about('no payment') },
    }),
  },
  {
    what: 'a refund was taken back',
    make: () => ({
      book: 'payment',
      change: run("UPDATE payment SET status = 'captured' WHERE order_id = ?", story.refunded),
      found: {
        invariant: 'I3',
        order_id: story.refunded,
        amount: '20.00',
        message: about('20.00 USD are kept'),
      },
    }),
  },
  {
    what: 'a declined order was charged',
    make: () => ({
      book: 'payment',
      change: run(
        "UPDATE payment SET status = 'captured', processor_reference = 'x', refusal_code = NULL, refusal_message = NULL WHERE order_id = ?",
        story.declined,
      ),
      found: { invariant: 'I3', order_id: story.declined, amount: '501.00' },
    }),
  },
  {
    what: 'stock of a cancelled order is held',
    make: () => ({
      book: 'inventory',
      change: run("UPDATE reservation SET status = 'held' WHERE order_id = ?", story.declined),
      found: { invariant: 'I4', order_id: story.declined, product_id: 'prod_2' },
    }),
  },
  {
    what: 'the quantity of a reservation was changed',
    make: () => ({
      book: 'inventory',
      change: run(
        `UPDATE reservation SET items = '[{"productId":"prod_1","quantity":3}]' WHERE order_id = ?`,
        story.sold,
      ),
      found: { invariant: 'I4', order_id: story.sold, product_id: 'prod_1', message: about('3 × prod_1') },
    }),
  },
  {
    what: 'the status of an order was changed',
    make: () => ({
      book: 'order',
      change: run("UPDATE orders SET status = 'pending' WHERE id = ?", story.sold),
      found: { invariant: 'I5', order_id: story.sold, message: about('the order is pending') },
    }),
  },
  {
    what: 'a confirmed order was deleted',
    make: () => ({
      book: 'order',
      change: run('DELETE FROM orders WHERE id = ?', story.sold),
      found: { invariant: 'I5', order_id: story.sold, message: about('the order is missing') },
    }),
  },
  {
    what: 'an order was charged a second time',
    make: () => ({
      book: 'payment',
      change: run("UPDATE payment SET processor_reference = 'another' WHERE order_id = ?", story.sold),
      found: { invariant: 'I6', order_id: story.sold, message: about('its payment the charge another') },
    }),
  },
  {
    what: 'one key leads to two orders',
    make: () => ({
      book: 'saga',
      change: (database) => {
        database.exec('CREATE TABLE copied AS SELECT * FROM idempotency; DROP TABLE idempotency');
        database.exec('ALTER TABLE copied RENAME TO idempotency');
        run(
          'INSERT INTO idempotency SELECT scope, key, fingerprint, answer, ?, expires_at_ms FROM idempotency WHERE saga_id = ?',
          story.declined,
          story.sold,
        )(database);
      },
      found: { invariant: 'I6', message: about(story.declined) },
    }),
  },
  {
    what: 'the undoing was recorded in another order',
    make: () => ({
      book: 'saga',
      change: (database) => rewriteLog(database, story.refunded, swapUndoing),
      found: { invariant: 'I7', order_id: story.refunded },
    }),
  },
  {
    what: 'a byte of the log was flipped',
    make: () => ({
      book: 'saga',
      change: run(
        `UPDATE saga_log SET data = replace(data, '"quantity":2', '"quantity":3') WHERE saga_id = ? AND seq = 1`,
        story.sold,
      ),
      found: {
        invariant: 'I8',
        order_id: story.sold,
        message: about('the hash of seq 1 does not match its row'),
      },
    }),
  },
  {
    what: 'the time of a row was changed',
    make: () => ({
      book: 'saga',
      change: run('UPDATE saga_log SET at_ms = at_ms + 1 WHERE saga_id = ? AND seq = 2', story.sold),
      found: { invariant: 'I8', order_id: story.sold, message: about('seq 2') },
    }),
  },
  {
    what: 'a row of the log is no JSON any more',
    make: () => ({
      book: 'saga',
      change: run("UPDATE saga_log SET data = 'x' WHERE saga_id = ? AND seq = 2", story.sold),
      found: { invariant: 'I8', order_id: story.sold, message: about('seq 2') },
    }),
  },
  {
    what: 'an event of the log lost a part of itself',
    make: () => ({
      book: 'saga',
      change: run(
        `UPDATE saga_log SET data = '{"type":"StepInquired","step":"charge-payment"}' WHERE saga_id = ? AND seq = 4`,
        story.sold,
      ),
      found: { invariant: 'I8', order_id: story.sold, message: about('seq 4') },
    }),
  },
  {
    what: 'the lines of an order are no lines any more',
    make: () => ({
      book: 'order',
      change: run("UPDATE orders SET items = '[null]' WHERE id = ?", story.sold),
      found: { invariant: 'I2', order_id: story.sold, message: about('was ordered, but the order says') },
    }),
  },
  {
    what: 'the last row of a log was removed',
    make: () => ({
      book: 'saga',
      change: run('DELETE FROM saga_log WHERE saga_id = ? AND seq = 6', story.sold),
      found: { invariant: 'I8', order_id: story.sold, message: about('it ends at seq 5') },
    }),
  },
  {
    what: 'a row in the middle of a log was removed',
    make: () => ({
      book: 'saga',
      change: run('DELETE FROM saga_log WHERE saga_id = ? AND seq = 3', story.sold),
      found: { invariant: 'I8', order_id: story.sold, message: about('seq 3 is missing') },
    }),
  },
  {
    what: 'the epoch fell',
    make: () => ({
      book: 'saga',
      change: run('UPDATE saga SET epoch = 0 WHERE id = ?', story.sold),
      found: { invariant: 'I8', order_id: story.sold, message: about('epoch') },
    }),
  },
  {
    what: "a saga's status says something else than its log",
    make: () => ({
      book: 'saga',
      change: run("UPDATE saga SET status = 'compensated' WHERE id = ?", story.sold),
      found: {
        invariant: 'I8',
        order_id: story.sold,
        message: about('its row says compensated, its log says completed'),
      },
    }),
  },
  {
    what: 'something was written after the end, with good hashes',
    make: () => ({
      book: 'saga',
      change: (database) => rewriteLog(database, story.sold, (events) => [...events, events.at(-2) ?? '']),
      found: { invariant: 'I10', order_id: story.sold },
    }),
  },
  {
    what: 'a saga was deleted, and its order is left',
    make: () => ({
      book: 'saga',
      change: (database) => {
        run('DELETE FROM saga WHERE id = ?', story.sold)(database);
        run('DELETE FROM saga_log WHERE saga_id = ?', story.sold)(database);
      },
      found: { invariant: 'I9', order_id: story.sold, amount: '50.00', message: about('no saga is left') },
    }),
  },
  {
    what: 'a saga was deleted, and its log is left',
    make: () => ({
      book: 'saga',
      change: run('DELETE FROM saga WHERE id = ?', story.sold),
      found: { invariant: 'I9', order_id: story.sold, message: about('6 rows of its log are left') },
    }),
  },
  {
    what: 'the record of a refund was deleted',
    make: () => ({
      book: 'payment',
      change: run('DELETE FROM payment WHERE order_id = ?', story.refunded),
      found: { invariant: 'I9', order_id: story.refunded, message: about('charge-payment was undone') },
    }),
  },
];

describe('what was changed behind the services', () => {
  test.each(tamperings)('was found and named: $what', async ({ make }) => {
    const tampering = make();
    const copy = copyOf(dataDir);
    tamper(copy, tampering.book, tampering.change);
    const report = await verified(copy);
    expect(report.result).toBe('violated');
    expect(report.violations).toContainEqual(expect.objectContaining(tampering.found));
  });

  test('was found when a whole order was removed from all four databases', async () => {
    const copy = copyOf(dataDir);
    const everywhere: readonly [BookName, readonly string[]][] = [
      [
        'saga',
        [
          'DELETE FROM saga WHERE id = ?',
          'DELETE FROM saga_log WHERE saga_id = ?',
          'DELETE FROM idempotency WHERE saga_id = ?',
        ],
      ],
      ['order', ['DELETE FROM orders WHERE id = ?']],
      ['inventory', ['DELETE FROM reservation WHERE order_id = ?']],
      ['payment', ['DELETE FROM payment WHERE order_id = ?']],
    ];
    for (const [book, statements] of everywhere)
      tamper(copy, book, (database) => {
        for (const statement of statements) run(statement, story.declined)(database);
      });
    const { violations } = await verified(copy);
    expect(violations).toContainEqual(
      expect.objectContaining({ invariant: 'I9', message: about('sagas were counted as they were undone') }),
    );
  });
});

/** Writes a saga's log anew, with hashes as they have to be: what only the rules of the saga can find. */
function rewriteLog(database: Database, sagaId: string, change: (events: string[]) => string[]): void {
  type Row = { seq: number; data: string; trace_id: string; span_id: string; epoch: number; at_ms: number };
  const rows = database
    .prepare<[string], Row>('SELECT * FROM saga_log WHERE saga_id = ? ORDER BY seq')
    .all(sagaId);
  const [first] = rows;
  if (first === undefined) throw new Error(`saga ${sagaId} has no log`);
  database.prepare('DELETE FROM saga_log WHERE saga_id = ?').run(sagaId);
  let hash = NO_HASH;
  const events = change(rows.map(({ data }) => data));
  for (const [index, data] of events.entries()) {
    const { trace_id: traceId, span_id: spanId, epoch, at_ms: atMs } = rows[index] ?? first;
    hash = rowHash(sagaId, hash, { seq: index + 1, epoch, atMs, traceId, spanId, data });
    database
      .prepare('INSERT INTO saga_log VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(sagaId, index + 1, data, traceId, spanId, epoch, atMs, hash);
  }
  database.prepare('UPDATE saga SET seq = ?, head_hash = ? WHERE id = ?').run(events.length, hash, sagaId);
}

function swapUndoing(events: string[]): string[] {
  const undone = events.flatMap((data, index) => (data.includes('StepCompensated') ? [index] : []));
  const [one = 0, other = 0] = undone;
  return events.map(
    (data, index) => (index === one ? events[other] : index === other ? events[one] : data) ?? data,
  );
}
