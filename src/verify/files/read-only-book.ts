import { openReadOnly } from '../../stores/sqlite/open-file.ts';
import { CannotCheck } from '../cannot-check.ts';

/** One file of the books. Whoever opened it closes it. */
export type ReadOnlyBook = ReturnType<typeof openReadOnly>;

/** Page cache of one connection. The log is read once from end to end, so more would not be used twice. */
const cacheKibibytes = 16 * 1_024;

/**
 * Opens one file of the books.
 *
 * @param schema the version of its schema that this program reads
 * @throws CannotCheck that names the file when it is damaged, locked or of another version, and what to do
 */
export function openReadOnlyBook(file: string, schema: number): ReadOnlyBook {
  const database = readable(() => openReadOnly(file));
  try {
    assertVersion(database, file, schema);
    database.pragma(`cache_size = -${cacheKibibytes}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function assertVersion(database: ReadOnlyBook, file: string, known: number): void {
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
