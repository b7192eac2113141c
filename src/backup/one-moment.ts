import { setTimeout as sleep } from 'node:timers/promises';
import { fixView } from '../stores/sqlite/fix-view.ts';
import type { openReadOnly } from '../stores/sqlite/open-file.ts';

/** A connection that only reads. Whoever opened it closes it. */
export type Source = ReturnType<typeof openReadOnly>;

/** Read-only connections to the databases of one system. */
export type Sources = {
  readonly log: Source;
  /** A second connection to the file of `log`, which stays out of transactions and so sees every commit to it. */
  readonly logNow: Source;
  /** All the others. */
  readonly others: readonly Source[];
};

/**
 * Begins a read transaction in `log` and in each of the others, all with the view of one moment: no commit to the saga
 * log lies between the first view and the last. Nothing is locked, and nobody waits.
 *
 * That is enough for a whole that could have been left by a power cut. A step is called after its saga is in the log, so
 * every effect in the other views belongs to a saga of the log's view; and a step is in the log after its effect, so what
 * the log's view says was done is in the other views. What only the others have is a call whose outcome was not yet
 * recorded, and the driver repeats that with the same key.
 *
 * @param attempts how often to try. Default 10 000, a millisecond apart: one takes less than that itself, and fails only
 *   when a commit ends within it.
 * @returns false when there was no such moment; then no transaction is open
 */
export async function beginInOneMoment(sources: Sources, attempts = 10_000): Promise<boolean> {
  const { log, logNow, others } = sources;
  const all = [log, ...others];
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = commitsSeen(logNow);
    for (const database of all) beginView(database);
    if (commitsSeen(logNow) === before) return true;
    for (const database of all) database.exec('ROLLBACK');
    await sleep(1);
  }
  return false;
}

/** A number that changes with every commit of another connection, https://sqlite.org/pragma.html#pragma_data_version */
const commitsSeen = (database: Source): unknown => database.pragma('data_version', { simple: true });

/** Begins a read transaction whose view is that of this moment. */
export function beginView(database: Source): void {
  database.exec('BEGIN');
  fixView(database);
}
