import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SagaLog } from '../../../src/stores/saga-log.ts';
import { openReadOnly, openWritable } from '../../../src/stores/sqlite/open-file.ts';
import { archiveFileOf } from '../../../src/stores/sqlite/saga-archive.ts';
import { openSagaLog, type SqliteSagaLog } from '../../../src/stores/sqlite/saga-log.ts';
import { sagaIn } from '../../contract/saga-log-fixture.ts';
import { rejection, scratchFile } from './scratch.ts';

const ids = ['s1', 's2', 's3'] as const;
const child = fileURLToPath(new URL('./archive-until-killed.ts', import.meta.url));

const openLog = (file: string): Promise<SqliteSagaLog> =>
  openSagaLog({ file, thread: false, pid: 1, host: 'here', isAlive: () => true });

async function logOfFinished(): Promise<{ readonly file: string; readonly found: unknown }> {
  const file = scratchFile('saga.db');
  const log = await openLog(file);
  for (const id of ids) await sagaIn(id === 's2' ? 'compensated' : 'completed', log, id);
  const found = await everything(log);
  await log.close();
  return { file, found };
}

const everything = (log: SagaLog): Promise<unknown[]> =>
  Promise.all([log.counts(), ...ids.flatMap((id) => [log.get(id), log.events(id, 0)])]);

const sagasIn = (file: string): unknown[] => {
  if (!existsSync(file)) return [];
  const database = openReadOnly(file);
  try {
    return database.pragma('user_version', { simple: true }) === 0
      ? []
      : database.prepare('SELECT id FROM saga ORDER BY id').pluck().all();
  } finally {
    database.close();
  }
};

test('killed before any batch of a move, nothing was lost, and the next move came to its end', async () => {
  const { file, found } = await logOfFinished();
  const states = new Set<string>();
  for (let batch = 1; ; batch += 1) {
    const copy = scratchFile('saga.db');
    cpSync(dirname(file), dirname(copy), { recursive: true });
    const { signal, status } = spawnSync(process.execPath, [child, copy, `${batch}`, ...ids], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    states.add(`log ${sagasIn(copy).length}, archive ${sagasIn(archiveFileOf(copy)).length}`);
    const log = await openLog(copy);
    expect(await everything(log)).toEqual(found);
    expect(await log.archive(ids)).toBe(signal === null ? 0 : 3);
    expect(await everything(log)).toEqual(found);
    await log.close();
    expect([sagasIn(copy), sagasIn(archiveFileOf(copy))]).toEqual([[], [...ids]]);
    if (signal === null) {
      expect(status).toBe(0);
      break;
    }
    expect(signal).toBe('SIGKILL');
  }
  expect([...states]).toEqual(['log 3, archive 0', 'log 3, archive 3', 'log 0, archive 3']);
}, 60_000);

describe('an archive that', () => {
  async function archived(): Promise<string> {
    const { file } = await logOfFinished();
    const log = await openLog(file);
    await log.archive(['s1']);
    await log.close();
    return file;
  }

  async function reopened(file: string): Promise<SqliteSagaLog> {
    const log = await openLog(file);
    onTestFinished(() => log.close());
    return log;
  }

  test.each([
    ['was lost', (archive: string) => rmSync(archive), /saga-archive\.db: no such file, but 1 sagas/],
    ['was damaged', (archive: string) => writeFileSync(archive, 'x'.repeat(8_192)), /damaged/],
  ])(
    '%s kept no log from opening, and was named to whoever asked for what it held',
    async (_, spoil, message) => {
      const file = await archived();
      spoil(archiveFileOf(file));
      const log = await reopened(file);
      expect(log.archiveProblem).toMatchObject({ kind: 'unusable', message: expect.stringMatching(message) });
      expect(await rejection(log.get('s1'))).toMatchObject({ message: expect.stringMatching(message) });
      expect(await rejection(log.archive(['s2']))).toMatchObject({ message: expect.stringMatching(message) });
      expect(await log.get('s2')).toMatchObject({ id: 's2' });
      expect(await log.get('s3')).toMatchObject({ id: 's3' });
    },
  );

  test('was put back while the log was open was found again', async () => {
    const file = await archived();
    const backup = join(dirname(file), 'backup.db');
    cpSync(archiveFileOf(file), backup);
    rmSync(archiveFileOf(file));
    const log = await reopened(file);
    await rejection(log.get('s1'));
    cpSync(backup, archiveFileOf(file));
    expect(await log.get('s1')).toMatchObject({ id: 's1' });
  });

  test('was deleted while the log was open got nothing more, and the log kept it', async () => {
    const file = await archived();
    const log = await reopened(file);
    await log.get('s1');
    rmSync(archiveFileOf(file));
    expect(await rejection(log.archive(['s2']))).toMatchObject({
      message: expect.stringContaining('saga-archive.db: no such file, but 1 sagas'),
    });
    expect(sagasIn(file)).toEqual(['s2', 's3']);
  });

  test('the log did not count on took nothing out of it', async () => {
    const { file } = await logOfFinished();
    const database = openWritable(file, 0);
    database.exec('DROP TRIGGER count_archived');
    database.close();
    const log = await reopened(file);
    await expect(log.archive(['s1'])).rejects.toThrow('triggers of saga.db are missing');
    expect(sagasIn(file)).toEqual([...ids]);
  });

  test('belongs to another log was refused', async () => {
    const [file, other] = [await archived(), await archived()];
    cpSync(archiveFileOf(other), archiveFileOf(file));
    const log = await reopened(file);
    expect(await rejection(log.get('s1'))).toMatchObject({
      message: expect.stringContaining('belongs to another saga log'),
    });
  });

  test('holds another copy of a saga than the log was not given the log’s, which stayed', async () => {
    const { file } = await logOfFinished();
    const before = scratchFile('saga.db');
    cpSync(dirname(file), dirname(before), { recursive: true });
    const log = await openLog(file);
    await log.archive(['s1']);
    await log.close();
    const archive = openWritable(archiveFileOf(file), 0);
    archive.exec("DROP TRIGGER keep_event; UPDATE saga_log SET at_ms = 1 WHERE saga_id = 's1'");
    archive.close();
    // As if the move had been cut off between the two files.
    cpSync(before, file);
    const restarted = await reopened(file);
    await expect(restarted.archive(['s1'])).rejects.toThrow('s1 is in the archive already, but not as it is');
    expect(sagasIn(file)).toEqual([...ids]);
  });
});
