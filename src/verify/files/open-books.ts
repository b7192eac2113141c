import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { program as inventoryProgram } from '../../services/inventory/inventory-store.ts';
import { program as orderProgram } from '../../services/order/order-store.ts';
import { program as paymentProgram } from '../../services/payment/payment-store.ts';
import { fixView } from '../../stores/sqlite/fix-view.ts';
import type { Database } from '../../stores/sqlite/program.ts';
import { sagaLogMigrations } from '../../stores/sqlite/saga-log-schema.ts';
import { CannotCheck } from '../cannot-check.ts';
import { type ArchiveBook, createArchiveBook, inOneView, type LogFiles } from './archive-book.ts';
import { openReadOnlyBook, type ReadOnlyBook } from './read-only-book.ts';

/** The schemas that this version reads, by the names of the files. The saga log comes first; see {@link inOneMoment}. */
const schemas = {
  saga: sagaLogMigrations,
  order: orderProgram.migrations,
  inventory: inventoryProgram.migrations,
  payment: paymentProgram.migrations,
} as const;

export type BookName = keyof typeof schemas;
export const bookNames = Object.keys(schemas) as readonly BookName[];

/** The four databases of a data directory and the archive of the saga log, read only. */
export type BookFiles = Readonly<Record<BookName, ReadOnlyBook>> & LogFiles;

/**
 * Opens the databases of a data directory, of a running system or of a copy. Changes nothing in them.
 *
 * @throws CannotCheck that names the file that is missing, damaged, locked or of another version, and what to do
 */
export function openBooks(dataDir: string): BookFiles {
  const missing = bookNames.filter((name) => !existsSync(fileOf(dataDir, name)));
  if (missing.length > 0) throw new CannotCheck(missingText(dataDir, missing));
  const opened: Partial<Record<BookName, ReadOnlyBook>> = {};
  try {
    for (const name of bookNames) opened[name] = openBook(dataDir, name);
    return { ...(opened as Readonly<Record<BookName, ReadOnlyBook>>), archive: archiveIn(dataDir) };
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
    : `${dataDir} has no ${files}. If each service keeps its own directory, ask the gateway instead, with --url; if this is a copy, make it with "ordersaga backup".`;
}

/** One database; see {@link openBooks}. */
export const openBook = (dataDir: string, name: BookName): ReadOnlyBook =>
  openReadOnlyBook(fileOf(dataDir, name), schemas[name].length);

/** The archive of its saga log, which may not be there. */
export const archiveIn = (dataDir: string): ArchiveBook => createArchiveBook(fileOf(dataDir, 'saga'));

/**
 * Runs `read` with one view of each database. Four databases have no common moment: the view of the saga log is the
 * oldest, and that of its archive comes next. A saga that has ended in it had ended everywhere when the other views were
 * made, so its order is judged by what they show; a saga that has not may have gone on since.
 */
export const inOneMoment = <T>(files: BookFiles, read: (archive: Database | undefined) => T): T =>
  inOneView(files, (archive) => {
    const others = bookNames.filter((name) => name !== 'saga').map((name) => files[name]);
    try {
      for (const database of others) {
        database.exec('BEGIN');
        fixView(database);
      }
      return read(archive);
    } finally {
      for (const database of others) if (database.inTransaction) database.exec('ROLLBACK');
    }
  });

export function closeBooks(files: BookFiles): void {
  for (const name of bookNames) files[name].close();
  files.archive.close();
}
