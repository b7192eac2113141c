import { constants, existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import Sqlite, { type Database } from 'better-sqlite3';
import { outputOf } from './child.ts';
import { newDataDir } from './system.ts';
import { historyFiles, writeHistory } from './write-history.ts';

/**
 * A directory with this many finished sagas, for the caller to change and to remove. It is a copy of a history that is
 * made once, and again when the schema has changed.
 *
 * @param directory of the history; default: one for this number of sagas in the system's temporary directory
 * @returns a path
 */
export async function copyOfHistory(
  sagas: number,
  directory: string = join(tmpdir(), `ordersaga-history-${sagas}`),
  onProgress: (text: string) => void,
): Promise<string> {
  if (!isCurrent(directory)) {
    onProgress(`writing ${sagas} finished sagas into ${directory}`);
    const unfinished = `${directory}.${process.pid}`;
    await rm(directory, { recursive: true, force: true });
    writeHistory(unfinished, sagas);
    await rename(unfinished, directory);
  }
  onProgress(`copying ${directory}`);
  const copy = await newDataDir();
  await mkdir(copy, { recursive: true });
  for (const name of Object.keys(historyFiles))
    await copyFile(join(directory, `${name}.db`), join(copy, `${name}.db`), constants.COPYFILE_FICLONE);
  // Otherwise the disk would still be writing the copy during the first measurement.
  await outputOf('sync', []);
  return copy;
}

/** Whether every file has the tables, indexes and triggers that the program would make today. */
function isCurrent(directory: string): boolean {
  return Object.entries(historyFiles).every(([name, migrations]) => {
    const file = join(directory, `${name}.db`);
    if (!existsSync(file)) return false;
    const [stored, fresh] = [new Sqlite(file, { readonly: true }), new Sqlite(':memory:')];
    try {
      for (const script of migrations) fresh.exec(script);
      return schemaOf(stored) === schemaOf(fresh);
    } finally {
      stored.close();
      fresh.close();
    }
  });
}

const schemaOf = (database: Database): string =>
  JSON.stringify(database.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY type, name').all());
