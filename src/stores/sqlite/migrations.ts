import type { Database } from 'better-sqlite3';
import { DatabaseError } from './database-error.ts';
import { isStorageFault } from './serialized-error.ts';

/**
 * Applies the scripts that the file has not seen, each in its own transaction together with its number, so that a
 * crash leaves a whole schema version behind. Several processes may do this at once: each script is applied by one.
 *
 * Foreign keys are off while a script runs (SQLite cannot rebuild a referenced table otherwise) and are checked
 * before its commit, see https://sqlite.org/lang_altertable.html#otheralter.
 *
 * @throws DatabaseError `unusable` when the file is newer than `scripts`, or a script fails or leaves broken references.
 */
export function migrate(database: Database, scripts: readonly string[], file: string): void {
  database.pragma('foreign_keys = OFF');
  while (pending(database, scripts, file)) applyNext(database, scripts, file);
  database.pragma('foreign_keys = ON');
}

function pending(database: Database, scripts: readonly string[], file: string): boolean {
  const version = schemaVersion(database);
  if (version <= scripts.length) return version < scripts.length;
  throw new DatabaseError(
    'unusable',
    `${file}: schema ${version} was written by a newer ordersaga, this one knows up to ${scripts.length}; upgrade ordersaga`,
  );
}

function applyNext(database: Database, scripts: readonly string[], file: string): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    // Read again under the write lock: another process may have applied it while this one waited.
    const version = schemaVersion(database);
    const script = scripts[version];
    if (script !== undefined) {
      runScript(database, script, { file, version: version + 1 });
      assertReferences(database, file, version + 1);
      database.pragma(`user_version = ${version + 1}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function runScript(
  database: Database,
  script: string,
  { file, version }: { readonly file: string; readonly version: number },
): void {
  try {
    database.exec(script);
  } catch (error) {
    if (isStorageFault(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatabaseError(
      'unusable',
      `${file}: migration ${version} failed: ${reason}; the file keeps schema ${version - 1}, report it`,
      { cause: error },
    );
  }
}

function assertReferences(database: Database, file: string, version: number): void {
  const broken = database.pragma('foreign_key_check') as readonly { readonly table: string }[];
  const [first] = broken;
  if (first === undefined) return;
  throw new DatabaseError(
    'unusable',
    `${file}: migration ${version} leaves ${broken.length} broken references, the first in table ${first.table}; nothing was changed, report it`,
  );
}

function schemaVersion(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}
