import { cpSync, existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { archiveDataDir } from '../../src/archive/archive-data-dir.ts';
import { verifyThroughGateway } from '../../src/cli/verify-through-gateway.ts';
import { openReadOnly } from '../../src/stores/sqlite/open-file.ts';
import { openSagaLog } from '../../src/stores/sqlite/saga-log.ts';
import { verifyFiles } from '../../src/verify/files/verify-files.ts';
import type { Report } from '../../src/verify/report.ts';
import { startLoad } from '../support/load.ts';
import { orderOf } from '../support/shop.ts';
import {
  copyOf,
  openShop,
  removeDirectory,
  type Story,
  storyIn,
  tamper,
  tellStory,
  temporaryDirectory,
} from './real-shop.ts';

const dataDir = temporaryDirectory();
let story: Story;
let before: Report;

const verified = (directory: string, threads = 0): Promise<Report> =>
  verifyFiles({ dataDir: directory, nowMs: Date.now(), threads });
const archived = (directory: string) =>
  archiveDataDir({
    dataDir: directory,
    finishedBeforeMs: Date.now(),
    nowMs: Date.now(),
    dryRun: false,
    vacuum: false,
  });
const idsIn = (directory: string, name: 'saga' | 'saga-archive'): unknown[] => {
  const database = openReadOnly(join(directory, `${name}.db`));
  try {
    // A file that is only being made has no tables yet.
    return database.pragma('user_version', { simple: true }) === 0
      ? []
      : database.prepare('SELECT id FROM saga ORDER BY id').pluck().all();
  } finally {
    database.close();
  }
};

/** Every order of the story finished and archived; one more is under way in the log. */
beforeAll(async () => {
  const { shop, close } = await openShop(dataDir);
  try {
    story = await tellStory(shop);
    await shop.place(orderOf('prod_1', { customer: 'test_timeout' }));
  } finally {
    await close();
  }
  before = await verified(dataDir);
  await archived(dataDir);
});
afterAll(() => removeDirectory(dataDir));

describe('with finished orders in an archive', () => {
  test('the books balanced as before, and the report said where it read', async () => {
    expect(before).toMatchObject({ result: 'balanced', orders: { unfinished: 1 } });
    const { notes, ...report } = await verified(dataDir);
    const finished = report.orders.confirmed + report.orders.cancelled;
    const { notes: _, ...expected } = before;
    expect(report).toEqual({
      ...expected,
      as_of: report.as_of,
      oldest_unfinished_s: report.oldest_unfinished_s,
    });
    expect(notes).toContain(`${finished} of the finished orders were read from saga-archive.db.`);
    expect(idsIn(dataDir, 'saga')).toHaveLength(1);
    expect(idsIn(dataDir, 'saga-archive')).toHaveLength(finished);
  });

  test('threads found the same', async () => {
    expect(await verified(dataDir, 2)).toEqual(await verified(dataDir));
  });

  test('a gateway found the same, through the services and for who asks for an order', async () => {
    const copy = copyOf(dataDir);
    const { shop, url, close } = await openShop(copy);
    onTestFinished(close);
    const report = await verifyThroughGateway({ url, onProgress: () => {} });
    expect(report.violations).toEqual([]);
    expect(report.orders.confirmed).toBe(before.orders.confirmed);
    expect(await shop.getOrder(story.sold)).toMatchObject({ status: 'CONFIRMED' });
    expect(await shop.getOrder(story.declined)).toMatchObject({
      status: 'CANCELLED',
      reason: 'Payment was declined.',
    });
    expect((await shop.story(story.sold)).at(-1)).toMatchObject({ type: 'SagaCompleted' });
    expect(await shop.ask('GET', `/sagas/${story.refunded}`)).toMatchObject({ status: 200 });
    expect(await shop.ask('GET', `/sagas/${story.refunded}/explanation`)).toMatchObject({ status: 200 });
    expect(await shop.ask('POST', `/orders/${story.sold}/cancel`, { body: {} })).toMatchObject({
      status: 409,
    });
    expect(await shop.ask('GET', '/orders/00000000-0000-7000-8000-000000000000')).toMatchObject({
      status: 404,
    });
  });

  test('sagas that were in both, their move being cut off, were counted once', async () => {
    const fresh = temporaryDirectory();
    onTestFinished(() => removeDirectory(fresh));
    const { sold } = await storyIn(fresh);
    const expected = await verified(fresh);
    const log = await openSagaLog({
      file: join(fresh, 'saga.db'),
      pid: 1,
      host: 'here',
      isAlive: () => false,
    });
    await log.archive([sold]);
    await log.close();
    const moved = copyOf(fresh);
    await archived(moved);
    cpSync(join(moved, 'saga-archive.db'), join(fresh, 'saga-archive.db'));
    expect(idsIn(fresh, 'saga').length).toBeGreaterThan(0);
    const { notes, ...report } = await verified(fresh);
    expect(notes).toEqual(['1 of the finished orders were read from saga-archive.db.']);
    expect({ ...report, notes: [] }).toEqual({ ...expected, as_of: report.as_of });
    // Of two copies the one that is to stay is judged, if one of them is damaged.
    tamper(fresh, 'saga-archive', (database) =>
      database.prepare('UPDATE saga_log SET at_ms = 1 WHERE saga_id <> ? AND seq = 2').run(sold),
    );
    expect((await verified(fresh)).violations.map(({ invariant }) => invariant)).toContain('I8');
  });
});

describe('tampering', () => {
  /** Changes a file of a copy past its triggers. */
  function changed(name: 'saga' | 'saga-archive', change: (database: Database) => void): string {
    const copy = copyOf(dataDir);
    tamper(copy, name, change);
    return copy;
  }

  test.each([
    ['an amount was changed', "UPDATE saga_log SET data = replace(data, '5000', '4000') WHERE saga_id = ?"],
    ['a row was removed', 'DELETE FROM saga_log WHERE saga_id = ? AND seq = 3'],
    ['the end was cut off', 'DELETE FROM saga_log WHERE saga_id = ? AND seq > 4'],
    ['its head was changed', "UPDATE saga SET head_hash = 'x' WHERE id = ?"],
  ])('with an archived saga was found, and the saga named: %s', async (_, sql) => {
    const copy = changed('saga-archive', (database) => database.prepare(sql).run(story.sold));
    const { violations } = await verified(copy);
    expect(violations).toContainEqual(expect.objectContaining({ invariant: 'I8', order_id: story.sold }));
  });

  test('an archived saga that was removed was missed, by count and by what it did', async () => {
    const copy = changed('saga-archive', (database) => {
      database.prepare('DELETE FROM saga WHERE id = ?').run(story.sold);
      database.prepare('DELETE FROM saga_log WHERE saga_id = ?').run(story.sold);
    });
    const { violations } = await verified(copy);
    expect(violations).toContainEqual(
      expect.objectContaining({
        invariant: 'I9',
        message: expect.stringContaining('are in saga-archive.db'),
      }),
    );
    expect(violations).toContainEqual(expect.objectContaining({ invariant: 'I9', order_id: story.sold }));
  });

  test('a log that denies what it archived was contradicted by its own count', async () => {
    const copy = changed('saga', (database) => database.exec('UPDATE archived_count SET sagas = sagas - 1'));
    const { violations } = await verified(copy);
    expect(violations).toContainEqual(
      expect.objectContaining({ invariant: 'I9', message: expect.stringContaining('were archived') }),
    );
  });
});

describe('a check ended without a result, and named the archive, when it', () => {
  const file = (directory: string): string => join(directory, 'saga-archive.db');

  test.each([
    [
      'was not copied',
      (archive: string) => rmSync(archive),
      /saga-archive\.db is missing: \d+ finished orders/,
    ],
    ['was cut', (archive: string) => truncateSync(archive, 4096), /saga-archive|malformed/],
    [
      'was no database',
      (archive: string) => writeFileSync(archive, 'x'.repeat(9_000)),
      /saga-archive\.db.*not a database/,
    ],
  ])('%s', async (_, spoil, message) => {
    const copy = copyOf(dataDir);
    spoil(file(copy));
    await expect(verified(copy)).rejects.toMatchObject({
      name: 'CannotCheck',
      message: expect.stringMatching(message),
    });
    await expect(verified(copy, 2)).rejects.toMatchObject({ name: 'CannotCheck' });
  });

  test('was lost beside a running gateway, which went on taking orders', async () => {
    const copy = copyOf(dataDir);
    rmSync(file(copy));
    const { shop, url, close } = await openShop(copy);
    onTestFinished(close);
    await expect(verifyThroughGateway({ url, onProgress: () => {} })).rejects.toThrow(
      'saga-archive.db is missing',
    );
    expect((await shop.ended((await shop.place(orderOf('prod_1'))).id)).status).toBe('CONFIRMED');
    expect((await shop.ask('GET', `/sagas/${story.sold}`)).status).toBe(500);
    expect(existsSync(file(copy))).toBe(false);
  });
});

describe('a running gateway with --retention', () => {
  test('archived what had finished while customers ordered, and no check raised a false alarm', async () => {
    const directory = temporaryDirectory();
    const real = await openShop(directory, { retentionMs: '1s' });
    onTestFinished(async () => {
      await real.close();
      removeDirectory(directory);
    });
    await real.shop.setStock('prod_1', 100_000);
    const order = (number: number) => orderOf('prod_1', { price: number % 4 === 3 ? 501 : 10 });
    const load = startLoad({ system: { up: async () => {} }, shop: real.shop, clients: 4, order });
    let moved = 0;
    for (let round = 0; round < 12 || moved < 40; round += 1) {
      const report = await verifyFiles({
        dataDir: directory,
        nowMs: Date.now(),
        threads: round % 4 === 3 ? 2 : 0,
      });
      expect(report.violations).toEqual([]);
      const through = await verifyThroughGateway({ url: real.url, onProgress: () => {} });
      expect(through.violations).toEqual([]);
      moved = existsSync(join(directory, 'saga-archive.db')) ? idsIn(directory, 'saga-archive').length : 0;
      await nextTurn();
    }
    await load.stop();
    expect(load.surprises).toEqual([]);
    await vi.waitFor(() => expect(idsIn(directory, 'saga')).toEqual([]), { timeout: 20_000, interval: 200 });
    const report = await verified(directory);
    expect(report.violations).toEqual([]);
    expect(report.orders.confirmed + report.orders.cancelled).toBe(idsIn(directory, 'saga-archive').length);
    const [first] = idsIn(directory, 'saga-archive');
    expect(await real.shop.getOrder(String(first))).toMatchObject({ id: first });
    expect((await real.shop.ask('GET', '/sagas')).json).toMatchObject({ sagas: [] });
  }, 120_000);
});
