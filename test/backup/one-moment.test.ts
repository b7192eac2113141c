import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { beginInOneMoment, type Source } from '../../src/backup/one-moment.ts';
import { openReadOnly } from '../../src/stores/sqlite/open-file.ts';

/** A saga log that a system writes, a participant's database beside it, and connections that read them. */
function openBoth() {
  const directory = mkdtempSync(join(tmpdir(), 'ordersaga-moment-'));
  const [log, participant] = ['saga', 'order'].map((name) => {
    const file = join(directory, `${name}.db`);
    const writer = new Sqlite(file);
    writer.pragma('journal_mode = WAL');
    writer.exec('CREATE TABLE row (number INTEGER)');
    return { file, writer };
  });
  if (log === undefined || participant === undefined) throw new Error('two files');
  const sources = {
    log: openReadOnly(log.file),
    logNow: openReadOnly(log.file),
    others: [openReadOnly(participant.file)],
  };
  onTestFinished(() => {
    for (const database of [log.writer, participant.writer, sources.log, sources.logNow, ...sources.others])
      database.close();
    rmSync(directory, { recursive: true });
  });
  const write = ({ writer }: { readonly writer: Source }): void =>
    void writer.exec('INSERT INTO row VALUES (1)');
  return { sources, writeLog: () => write(log), writeParticipant: () => write(participant) };
}

const rowsIn = (database: Source): unknown => database.prepare('SELECT count(*) FROM row').pluck().get();

/** Does something whenever a view of the participant is about to begin, which is after that of the log. */
function beforeEachView(database: Source, act: (attempt: number) => void): Source {
  const begin = database.exec.bind(database);
  let attempt = 0;
  database.exec = (sql: string) => {
    if (sql === 'BEGIN') {
      attempt += 1;
      act(attempt);
    }
    return begin(sql);
  };
  return database;
}

test('has views of a moment in which the log was not written, whatever was written around it', async () => {
  const { sources, writeLog, writeParticipant } = openBoth();
  const other = beforeEachView(sources.others[0] as Source, (attempt) => {
    if (attempt > 2) return;
    // An order is accepted and its first step done, both after the log's view.
    writeLog();
    writeParticipant();
  });
  expect(await beginInOneMoment({ ...sources, others: [other] })).toBe(true);
  writeLog();
  writeParticipant();
  expect([rowsIn(sources.log), rowsIn(other)]).toEqual([2, 2]);
});

test('takes what a participant did without an entry in the log yet', async () => {
  const { sources, writeParticipant } = openBoth();
  const other = beforeEachView(sources.others[0] as Source, writeParticipant);
  expect(await beginInOneMoment({ ...sources, others: [other] })).toBe(true);
  expect([rowsIn(sources.log), rowsIn(other)]).toEqual([0, 1]);
});

test('gives up when the log is written between the views each time, and leaves no transaction open', async () => {
  const { sources, writeLog } = openBoth();
  const other = beforeEachView(sources.others[0] as Source, writeLog);
  expect(await beginInOneMoment({ ...sources, others: [other] }, 20)).toBe(false);
  expect([sources.log.inTransaction, other.inTransaction]).toEqual([false, false]);
});
