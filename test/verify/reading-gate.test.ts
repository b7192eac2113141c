import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { openReadOnly, openWritable } from '../../src/stores/sqlite/open-file.ts';
import { createReadingGate } from '../../src/verify/files/reading-gate.ts';
import { temporaryDirectory } from './real-shop.ts';

const walLimitBytes = 8 * 1024 * 1024;

/** A database whose WAL is too long, and cannot begin anew while `reader` reads. */
function growing() {
  const directory = temporaryDirectory();
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'some.db');
  const writer = openWritable(file, 0);
  writer.pragma(`journal_size_limit = ${walLimitBytes}`);
  writer.exec('CREATE TABLE note (text TEXT)');
  const add = writer.prepare('INSERT INTO note VALUES (?)');
  const reader = openReadOnly(file);
  onTestFinished(() => {
    reader.close();
    writer.close();
  });
  read(reader);
  for (let round = 0; round < 100; round += 1) add.run('x'.repeat(100_000));
  const walBeginning = (): string => readFileSync(`${file}-wal`).subarray(0, 32).toString('hex');
  return { file, reader, write: () => add.run('x'), walBeginning };
}

function read(reader: Database): void {
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM note').get();
}

test('nobody was let in to a WAL that was too long until all were out and it had begun anew', async () => {
  const { file, reader, write, walBeginning } = growing();
  const before = walBeginning();
  const gate = createReadingGate({ files: [file], walLimitBytes, patienceMs: 60_000 });
  let isIn = false;
  const entering = gate.enter().then(() => {
    isIn = true;
  });
  // Writers go on, but as long as the view is held they write to the same WAL.
  write();
  write();
  await new Promise(setImmediate);
  expect([isIn, walBeginning()]).toEqual([false, before]);
  reader.exec('ROLLBACK');
  write();
  write();
  expect(walBeginning()).not.toBe(before);
  await entering;
});

test('those inside were waited for, and nobody came in meanwhile', async () => {
  const { file, reader, write } = growing();
  reader.exec('ROLLBACK');
  const order: string[] = [];
  const files: string[] = [];
  const gate = createReadingGate({ files, walLimitBytes, patienceMs: 60_000 });
  await gate.enter();
  files.push(file);
  const second = gate.enter().then(() => order.push('second is in'));
  await new Promise(setImmediate);
  order.push('first leaves');
  gate.leave();
  await new Promise(setImmediate);
  write();
  write();
  await second;
  expect(order).toEqual(['first leaves', 'second is in']);
});

test('where nobody writes, a long WAL was waited for once', { timeout: 10_000 }, async () => {
  const { file, reader } = growing();
  reader.exec('ROLLBACK');
  const gate = createReadingGate({ files: [file], walLimitBytes });
  for (let round = 0; round < 20; round += 1) {
    await gate.enter();
    gate.leave();
  }
});
