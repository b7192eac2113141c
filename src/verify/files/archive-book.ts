import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fixView } from '../../stores/sqlite/fix-view.ts';
import type { Database } from '../../stores/sqlite/program.ts';
import { archiveFileOf } from '../../stores/sqlite/saga-archive.ts';
import { sagaArchiveMigrations } from '../../stores/sqlite/saga-archive-schema.ts';
import { CannotCheck } from '../cannot-check.ts';
import { openReadOnlyBook, type ReadOnlyBook } from './read-only-book.ts';

/** The archive beside a saga log. It is opened when the log first says that sagas have left it. */
export type ArchiveBook = {
  /**
   * What holds the sagas that are no longer in the view of the log that `saga` has now; undefined when none ever left.
   *
   * @throws CannotCheck when they cannot be read
   */
  beside(saga: ReadOnlyBook): ReadOnlyBook | undefined;
  close(): void;
};

/** A saga log and its archive. */
export type LogFiles = { readonly saga: ReadOnlyBook; readonly archive: ArchiveBook };

export function createArchiveBook(logFile: string): ArchiveBook {
  const file = archiveFileOf(logFile);
  let opened: ReadOnlyBook | undefined;
  return {
    beside(saga) {
      const { completed, compensated } = archivedCounts(saga);
      if (completed + compensated === 0) return undefined;
      opened ??= openArchive(saga, file, completed + compensated);
      return opened;
    },
    close: () => void opened?.close(),
  };
}

function openArchive(saga: ReadOnlyBook, file: string, sagas: number): ReadOnlyBook {
  if (!existsSync(file))
    throw new CannotCheck(
      `${file} is missing: ${sagas} finished orders were moved into it. If this is a copy, copy it too, after saga.db; or put it back from a backup.`,
    );
  const archive = openReadOnlyBook(file, sagaArchiveMigrations.length);
  const identity = textIn(saga, 'SELECT identity FROM log_identity');
  if (textIn(archive, 'SELECT log_identity FROM archive_of') === identity) return archive;
  archive.close();
  throw new CannotCheck(`${file} belongs to another saga log than ${basename(saga.name)} beside it.`);
}

const textIn = (database: Database, sql: string): string | undefined =>
  database.prepare<[], string>(sql).pluck().get();

/** How many sagas of each kind have left the log. */
export function archivedCounts(saga: Database): { readonly completed: number; readonly compensated: number } {
  const counts = { completed: 0, compensated: 0 };
  const rows = saga.prepare<[], { status: keyof typeof counts; sagas: number }>(
    'SELECT status, sagas FROM archived_count',
  );
  for (const { status, sagas } of rows.all()) counts[status] = sagas;
  return counts;
}

/**
 * Runs `read` with one view of the log and one of the archive, if there is one to read. The archive's is the newer, and
 * a saga is in the archive before it leaves the log: what the one view no longer has, the other has.
 */
export function inOneView<T>({ saga, archive }: LogFiles, read: (archive: Database | undefined) => T): T {
  return saga.transaction(() => {
    const beside = archive.beside(saga);
    if (beside === undefined) return read(undefined);
    return beside.transaction(() => {
      fixView(beside);
      return read(beside);
    })();
  })();
}

/** Tells whether a saga is in the log or in its archive, at the moment that it is asked. */
export function sagaFinder({ saga, archive }: LogFiles): (sagaId: string) => boolean {
  const findIn = (database: Database) =>
    database.prepare<[string], number>('SELECT 1 FROM saga WHERE id = ?').pluck();
  const inLog = findIn(saga);
  return (sagaId) => {
    if (inLog.get(sagaId) !== undefined) return true;
    const beside = archive.beside(saga);
    return beside !== undefined && findIn(beside).get(sagaId) !== undefined;
  };
}
