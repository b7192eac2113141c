import { accessSync, closeSync, constants, existsSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { DatabaseError } from './database-error.ts';
import { makeDirectory, syncDirectory } from './directory.ts';
import { codeOf } from './serialized-error.ts';

/**
 * Older versions can lose committed rows: two connections that checkpoint and reset the WAL at once corrupt it
 * (https://sqlite.org/wal.html#walresetbug).
 */
const OLDEST_SQLITE = '3.51.3';

/** How long a reader waits for a lock, e.g. while another process recovers the WAL after a crash. */
const READ_TIMEOUT_MS = 5_000;

/** A checkpoint copies the WAL back once it holds this many pages (4 MiB), inside the commit that reaches it. */
const CHECKPOINT_PAGES = 1_000;

/** A WAL that a long reader let grow is truncated to this when SQLite restarts it, once nobody reads from it any more. */
export const WAL_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Opens for writing with the guarantees the stores build on: WAL and `synchronous=FULL`, so that a commit that has
 * returned survives a power cut, both read back rather than believed; foreign keys on. Creates the file (0600) and
 * its directory (0700) when missing.
 *
 * @throws DatabaseError `unusable`
 */
export function openWritable(file: string, busyTimeoutMs: number): Database {
  const inMemory = file === ':memory:';
  if (!inMemory) createFile(file);
  return opened(file, { timeout: busyTimeoutMs }, (database) => {
    assertVersion(database, file);
    const walMode = inMemory ? 'memory' : 'wal';
    setPragma(database, file, { name: 'journal_mode', value: 'WAL', expected: walMode });
    setPragma(database, file, { name: 'synchronous', value: 'FULL', expected: 2 });
    setPragma(database, file, { name: 'foreign_keys', value: 'ON', expected: 1 });
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    database.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
  });
}

/**
 * Opens a file that another process may be writing: sees the committed state, changes nothing, blocks nobody. A read
 * transaction left open keeps the WAL from being reset, so keep them short. The caller closes it.
 *
 * @throws DatabaseError `unusable`, also when there is no such file.
 */
export function openReadOnly(file: string): Database {
  if (!existsSync(file))
    throw new DatabaseError('unusable', `${file}: no such file; check the path and the data directory`);
  // The first page is read here rather than by the caller's first query, so "not a database" is found at once.
  return opened(file, { readonly: true, fileMustExist: true, timeout: READ_TIMEOUT_MS }, (database) =>
    database.pragma('user_version'),
  );
}

function opened(file: string, options: Sqlite.Options, prepare: (database: Database) => void): Database {
  let database: Database | undefined;
  try {
    database = new Sqlite(file, options);
    prepare(database);
    return database;
  } catch (error) {
    database?.close();
    throw openError(error, file);
  }
}

function createFile(file: string): void {
  const directory = dirname(file);
  makeDirectory(directory);
  try {
    // Created here and not by SQLite, whose mode follows the umask; -wal and -shm take over the mode of the file.
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    throw error;
  }
  syncDirectory(directory);
}

function assertVersion(database: Database, file: string): void {
  const version = String(database.prepare('SELECT sqlite_version()').pluck().get());
  if (version.localeCompare(OLDEST_SQLITE, 'en', { numeric: true }) >= 0) return;
  throw new DatabaseError(
    'unusable',
    `${file}: SQLite ${version} can corrupt a WAL database, ${OLDEST_SQLITE} is the oldest allowed; reinstall better-sqlite3`,
  );
}

/** A setting, and what SQLite answers for it once it has taken effect. */
type Pragma = { readonly name: string; readonly value: string; readonly expected: unknown };

function setPragma(database: Database, file: string, { name, value, expected }: Pragma): void {
  database.pragma(`${name} = ${value}`);
  const actual = database.pragma(name, { simple: true });
  if (actual === expected) return;
  throw new DatabaseError(
    'unusable',
    `${file}: SQLite answered ${name} = ${String(actual)} when asked for ${value}; use a local disk that supports it`,
  );
}

/** Any error met while opening, as a {@link DatabaseError} `unusable` that names the file and what to do. */
export function openError(error: unknown, file: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  return new DatabaseError('unusable', `${file}: cannot open: ${reason}; ${openAdvice(code ?? '', file)}`, {
    ...(code === undefined ? {} : { code }),
    cause: error,
  });
}

function openAdvice(code: string, file: string): string {
  // SQLite has three codes for this, one of which is that of a dying disk.
  if (isDirectory(file)) return 'this is a directory, name a file or move it away';
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code))
    return 'it is damaged or is not an SQLite database, restore it from a backup or name another file';
  if (/^SQLITE_BUSY/.test(code)) return 'another process holds it locked, stop that one or try again';
  if (/^(SQLITE_FULL|ENOSPC)/.test(code)) return 'free disk space and start again';
  if (/^(SQLITE_(CANTOPEN|READONLY|PERM)|E[A-Z]+$)/.test(code)) return accessAdvice(file);
  return 'its contents are as they were, report this';
}

/** Reading needs write access too: opening a database in WAL mode creates its -shm, or shares it. */
function accessAdvice(file: string): string {
  const place = nearestExisting(dirname(file));
  const isReadable = !existsSync(file) || isAllowed(file, constants.R_OK);
  if (!isDirectory(place)) return `${place} is no directory, name another one`;
  if (isReadable && !isAllowed(place, constants.W_OK))
    return (
      `SQLite has to write beside the file, and nothing can be written in ${place}: ` +
      'make it writable, or copy its files to a directory that is'
    );
  return 'check that it exists and that this user may read and write it and its directory';
}

/** The path itself, or its nearest parent that exists, in which the others would have to be created. */
function nearestExisting(path: string): string {
  const parent = dirname(path);
  return parent === path || existsSync(path) ? path : nearestExisting(parent);
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
