import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { program as inventoryProgram } from '../../services/inventory/inventory-store.ts';
import { program as orderProgram } from '../../services/order/order-store.ts';
import { program as paymentProgram } from '../../services/payment/payment-store.ts';
import { openReadOnly } from '../../stores/sqlite/open-file.ts';
import type { Database } from '../../stores/sqlite/program.ts';
import { sagaLogMigrations } from '../../stores/sqlite/saga-log-schema.ts';
import { CannotCheck } from '../cannot-check.ts';

/** The schemas that this version reads, by the names of the files. The saga log comes first; see {@link inOneMoment}. */
const schemas = {
  saga: sagaLogMigrations,
  order: orderProgram.migrations,
  inventory: inventoryProgram.migrations,
  payment: paymentProgram.migrations,
} as const;

export type BookName = keyof typeof schemas;
export const bookNames = Object.keys(schemas) as readonly BookName[];

/** The four databases of a data directory, read only. */
export type BookFiles = Readonly<Record<BookName, Database>>;

/** Page cache of one connection. The log is read once from end to end, so more would not be used twice. */
const cacheKibibytes = 16 * 1_024;

/**
 * Opens the databases of a data directory, of a running system or of a copy. Changes nothing in them.
 *
 * @throws CannotCheck that names the file that is missing, damaged, locked or of another version, and what to do
 */
export function openBooks(dataDir: string): BookFiles {
  const missing = bookNames.filter((name) => !existsSync(fileOf(dataDir, name)));
  if (missing.length > 0) throw new CannotCheck(missingText(dataDir, missing));
  const opened: Partial<Record<BookName, Database>> = {};
  try {
    for (const name of bookNames) opened[name] = openBook(dataDir, name);
    return opened as BookFiles;
  } catch (error) {
    for (const database of Object.values(opened)) database.close();
    throw error;
  }
}

export const fileOf = (dataDir: string, name: BookName): string => join(dataDir, `${name}.db`);

function missingText(dataDir: string, missing: readonly BookName[]): string {
  const files = missing.map((name) => `${name}.db`).join(', ');
  return missing.length === bookNames.length
    ? `${dataDir} holds no databases of ordersaga. Name the directory that "ordersaga start" was given, with --data-dir.`
    : `${dataDir} has no ${files}. If each service keeps its own directory, ask the gateway instead, with --url; if this is a copy, copy all four databases.`;
}

/** One of them; see {@link openBooks}. */
export function openBook(dataDir: string, name: BookName): Database {
  const file = fileOf(dataDir, name);
  const database = readable(() => openReadOnly(file));
  try {
    assertVersion(database, file, schemas[name].length);
    database.pragma(`cache_size = -${cacheKibibytes}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function assertVersion(database: Database, file: string, known: number): void {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version === known) return;
  throw new CannotCheck(
    version > known
      ? `${file} was written by a newer ordersaga (schema ${version}, this one knows ${known}). Use that version.`
      : `${file} has schema ${version}, and this ordersaga reads ${known}. Start this version on it once, which brings it up to date.`,
  );
}

/** @throws CannotCheck in place of SQLite's and the store's errors */
export function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CannotCheck || !isDatabaseError(error)) throw error;
    throw new CannotCheck(error.message, { cause: error });
  }
}

const isDatabaseError = (error: unknown): error is Error =>
  error instanceof Error && (error.name === 'DatabaseError' || error.name === 'SqliteError');

/**
 * Runs `read` with one view of each database. Four databases have no common moment; the saga log's view is the oldest.
 * A saga that had ended in it had ended everywhere when the other views were made, so its order is judged by what they
 * show; a saga that had not may have gone on since.
 */
export function inOneMoment<T>(files: BookFiles, read: () => T): T {
  for (const name of bookNames) {
    files[name].exec('BEGIN');
    // A deferred transaction gets its view with its first read.
    files[name].prepare('SELECT count(*) FROM sqlite_schema').get();
  }
  try {
    return read();
  } finally {
    for (const name of bookNames) if (files[name].inTransaction) files[name].exec('ROLLBACK');
  }
}

export function closeBooks(files: BookFiles): void {
  for (const name of bookNames) files[name].close();
}
