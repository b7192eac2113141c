import { createCommitLoad } from './commit-load.ts';
import type { DatabaseError } from './database-error.ts';
import type { Batch, Call } from './executor.ts';
import {
  type Connection,
  type OpenRequest,
  openSecondConnection,
  type SecondConnection,
} from './local-connection.ts';
import { openThreadConnection } from './thread-connection.ts';

/** After this long without a write the WAL is truncated. */
const quietMs = 2_000;
/** After this many commits in a row on the second connection, one goes to the thread, which checkpoints a long WAL. */
const longestRun = 100;

/**
 * The database's thread, and beside it a second connection on the event loop, for the program's `brief` operations
 * while commits are few and quick. A lone commit then costs its fsync, and no thread has to wake another. As soon as
 * commits take a good part of the time, or the disk is slow, or somebody else writes to the file, everything goes to
 * the thread, where commits are shared and nothing stops the event loop. The two never write at once: a client runs one
 * batch at a time.
 *
 * @param onFatal called once if the thread ends by itself
 */
export async function openTwoConnections(
  request: OpenRequest,
  entry: URL,
  onFatal: (error: DatabaseError) => void,
): Promise<Connection> {
  const load = createCommitLoad();
  let second: SecondConnection | undefined;
  let hasEnded = false;
  let commitsOnSecond = 0;
  const thread = await openThreadConnection(request, entry, (error) => {
    hasEnded = true;
    onFatal(error);
  });
  // Optional and not waited for; whatever is wrong with the file, the thread reports it.
  const opening = openSecondConnection(request).then(
    (connection) => {
      second = connection;
    },
    () => {},
  );
  const truncation = setTimeout(() => thread.truncateWal(), quietMs).unref();

  /** Undefined when the thread has to run it; nothing was done then. */
  function runOnSecond(kind: 'write' | 'read', calls: readonly Call[]): Batch | undefined {
    if (second === undefined || hasEnded || commitsOnSecond >= longestRun) return undefined;
    const { brief } = second;
    if (!load.isLight(performance.now()) || !calls.every(({ name }) => brief.has(name))) return undefined;
    const batch = second[kind](calls);
    return isRefusedAsBusy(batch) ? undefined : batch;
  }

  return {
    async run(kind, calls) {
      const ranOnSecond = runOnSecond(kind, calls);
      const batch = ranOnSecond ?? (await thread.run(kind, calls));
      if (kind === 'write') {
        commitsOnSecond = ranOnSecond ? commitsOnSecond + 1 : 0;
        load.note({ durationMs: batch.durationMs, writes: calls.length }, performance.now());
        truncation.refresh();
      }
      return batch;
    },
    async close() {
      clearTimeout(truncation);
      await opening;
      second?.close();
      await thread.close();
    },
  };
}

/** When another connection holds the lock, a write batch is refused before anything is done, and so is any read. */
function isRefusedAsBusy({ answers }: Batch): boolean {
  return answers.some((answer) => !answer.ok && /^SQLITE_BUSY(_|$)/.test(answer.error.code ?? ''));
}
