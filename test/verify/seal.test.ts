import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { archiveDataDir } from '../../src/archive/archive-data-dir.ts';
import { type ChainedRow, NO_HASH, rowHash } from '../../src/stores/hash-chain.ts';
import type { Database } from '../../src/stores/sqlite/program.ts';
import { breachesOf, type Seal, takeSeal } from '../../src/verify/files/seal.ts';
import { readSeal, writeSeal } from '../../src/verify/files/seal-file.ts';
import { sealFiles, verifyFiles } from '../../src/verify/files/verify-files.ts';
import { orderOf } from '../support/shop.ts';
import {
  copyOf,
  openShop,
  removeDirectory,
  type Story,
  tamper,
  tellStory,
  temporaryDirectory,
} from './real-shop.ts';

const dataDir = temporaryDirectory();
let story: Story;
let seal: Seal;

/** A minute from now, when the orders of this moment have long been settled. */
const later = (): number => Date.now() + 60_000;
const violationsIn = async (directory: string, against?: Seal) =>
  (await verifyFiles({ dataDir: directory, nowMs: Date.now(), ...(against && { seal: against }) }))
    .violations;

beforeAll(async () => {
  const { shop, close } = await openShop(dataDir);
  try {
    story = await tellStory(shop);
  } finally {
    await close();
  }
  seal = sealFiles(dataDir, later());
});
afterAll(() => removeDirectory(dataDir));

/** Gives a saga another past, with every hash as it would be had it been so. */
function rewrite(database: Database, sagaId: string): void {
  const rows = database
    .prepare<[string], ChainedRow>(
      `SELECT seq, epoch, at_ms AS atMs, trace_id AS traceId, span_id AS spanId, data FROM saga_log
       WHERE saga_id = ? ORDER BY seq`,
    )
    .all(sagaId);
  const update = database.prepare('UPDATE saga_log SET at_ms = ?, hash = ? WHERE saga_id = ? AND seq = ?');
  let head = NO_HASH;
  for (const row of rows) {
    const atMs = row.atMs + 1;
    head = rowHash(sagaId, head, { ...row, atMs });
    update.run(atMs, head, sagaId, row.seq);
  }
  database.prepare('UPDATE saga SET head_hash = ? WHERE id = ?').run(head, sagaId);
}

describe('a seal', () => {
  test('shows that a finished order was rewritten, hashes and all, which nothing else does', async () => {
    const copy = copyOf(dataDir);
    tamper(copy, 'saga', (database) => rewrite(database, story.sold));
    expect(await violationsIn(copy)).toEqual([]);
    expect(await violationsIn(copy, seal)).toEqual([
      {
        invariant: 'I10',
        message: expect.stringContaining(`the log was changed within the ${seal.sagas} sealed orders`),
      },
    ]);
  });

  test('shows that a finished order is gone, whatever the counts say', async () => {
    const copy = copyOf(dataDir);
    tamper(copy, 'saga', (database) => {
      database.prepare('DELETE FROM saga WHERE id = ?').run(story.outOfStock);
      database.prepare('DELETE FROM saga_log WHERE saga_id = ?').run(story.outOfStock);
      database.exec("UPDATE finished_count SET sagas = sagas - 1 WHERE status = 'compensated'");
    });
    expect(await violationsIn(copy, seal)).toContainEqual({
      invariant: 'I10',
      message: expect.stringMatching(
        new RegExp(
          `^of the ${seal.sagas} sealed orders that end with \\S+, ${seal.sagas - 1} are there; sealed 20`,
        ),
      ),
    });
  });

  test('holds while orders come and move into the archive', async () => {
    const copy = copyOf(dataDir);
    const { shop, close } = await openShop(copy);
    try {
      const { id } = await shop.place(orderOf('prod_2'));
      await shop.ended(id);
    } finally {
      await close();
    }
    await archiveDataDir({
      dataDir: copy,
      finishedBeforeMs: Date.now(),
      nowMs: Date.now(),
      dryRun: false,
      vacuum: false,
    });
    const report = await verifyFiles({ dataDir: copy, nowMs: Date.now(), seal });
    expect(report.result).toBe('balanced');
    expect(report.notes).toContain(
      `The ${seal.sagas} finished orders sealed at ${seal.sealed_at} are as they were.`,
    );
    expect(sealFiles(copy, later()).sagas).toBe(seal.sagas + 1);
  });

  test('leaves out what had not finished, and holds when that has', async () => {
    const copy = copyOf(dataDir);
    const first = await openShop(copy);
    const hold = { participant: 'payment', reason: 'test' };
    await first.shop.ask('POST', '/engine/pause', { body: hold });
    const waiting = await first.shop.place(orderOf('prod_2'));
    const { id } = await first.shop.place(orderOf('prod_3'));
    await first.shop.ended(id);
    const early = sealFiles(copy, later());
    expect(early).toMatchObject({ sagas: seal.sagas + 1, unfinished: [waiting.id] });
    await first.shop.ask('POST', '/engine/resume', { body: hold });
    await first.shop.ended(waiting.id);
    await first.close();
    expect(await violationsIn(copy, early)).toEqual([]);
  });

  test('leaves out orders of the last ten seconds, which others may still overtake', () => {
    expect(sealFiles(dataDir, Date.now()).sagas).toBe(0);
  });

  test('can be checked by hand', () => {
    const database = new Sqlite(join(dataDir, 'saga.db'), { readonly: true });
    const lines = database
      .prepare("SELECT id || ' ' || head_hash || char(10) FROM saga ORDER BY id")
      .pluck()
      .all();
    database.close();
    const [block] = seal.blocks;
    expect(createHash('sha256').update(lines.join('')).digest('hex')).toBe(block?.sha256);
  });

  test('of another log is no verdict', async () => {
    const other = temporaryDirectory();
    onTestFinished(() => removeDirectory(other));
    await (await openShop(other)).close();
    await expect(verifyFiles({ dataDir: other, nowMs: Date.now(), seal })).rejects.toThrow(
      /belongs to another saga log than .*saga\.db\. Name the seal that was written for this one\./,
    );
  });
});

describe('a seal of many orders', () => {
  const database = new Sqlite(':memory:');
  database.exec(`
    CREATE TABLE log_identity (identity TEXT); INSERT INTO log_identity VALUES ('here');
    CREATE TABLE saga (id TEXT PRIMARY KEY, status TEXT, head_hash TEXT);
    WITH RECURSIVE number(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM number WHERE value < 2500)
    INSERT INTO saga SELECT printf('%08x-0000', value), 'completed', 'hash ' || value FROM number`);
  const files = { saga: database, archive: { beside: () => undefined, close: () => {} } };
  const many = takeSeal(files, later());
  const through = ['000003e8-0000', '000007d0-0000', '000009c4-0000'];

  test('has a digest for each thousand', () => {
    expect(many.blocks.map((block) => [block.through, block.sagas])).toEqual([
      [through[0], 1_000],
      [through[1], 1_000],
      [through[2], 500],
    ]);
    expect(breachesOf(many, files)).toEqual([]);
  });

  test.each([
    [
      'changed',
      "UPDATE saga SET head_hash = 'other' WHERE id = '000003e9-0000'",
      /^the log was changed within/,
    ],
    ['gone', "DELETE FROM saga WHERE id = '000007d0-0000'", /^of the 1000 sealed .*, 999 are there/],
    ['added', "INSERT INTO saga VALUES ('000003ea-0001', 'completed', 'new')", /are 1 that were not there/],
    ['open again', "UPDATE saga SET status = 'running' WHERE id = '000003f0-0000'", /, 999 are there/],
  ])('tells within which thousand an order is %s', (_, sql, message) => {
    database.exec(`BEGIN; ${sql}`);
    try {
      expect(breachesOf(many, files)).toEqual([
        { invariant: 'I10', message: expect.stringMatching(message) },
      ]);
      expect(breachesOf(many, files)[0]?.message).toContain(`end with ${through[1]}`);
    } finally {
      database.exec('ROLLBACK');
    }
  });
});

describe('a file of a seal', () => {
  const place = (): string => {
    const directory = temporaryDirectory();
    onTestFinished(() => removeDirectory(directory));
    return join(directory, 'seal.json');
  };

  test('says what was sealed, and is never overwritten', () => {
    const file = place();
    writeSeal(file, seal);
    expect(readSeal(file)).toEqual(seal);
    expect(() => writeSeal(file, seal)).toThrow(/EEXIST/);
  });

  test.each([
    ['is no JSON', 'x'],
    ['is of another format', '{"format":"ordersaga-seal-2"}'],
    [
      'has a block without a digest',
      '{"format":"ordersaga-seal-1","log":"a","sealed_at":"b","sagas":0,"unfinished":[],"blocks":[{}]}',
    ],
  ])('that %s is refused', (_, text) => {
    const file = place();
    writeFileSync(file, text);
    expect(() => readSeal(file)).toThrow(
      /seal\.json (is no seal that this version reads|cannot be read as a seal)/,
    );
  });

  test('is named when it is not there', () => {
    const file = place();
    expect(() => readSeal(file)).toThrow(`${file} cannot be read as a seal: ENOENT`);
    expect(() => readFileSync(file)).toThrow();
  });
});
