import { createCommitLoad } from './commit-load.ts';
import type { DatabaseError } from './database-error.ts';
import type { Batch, Call } from './executor.ts';
import {
  type Connection,
  type GuestConnection,
  type OpenRequest,
  openGuestConnection,
} from './local-connection.ts';
import { openThreadConnection } from './thread-connection.ts';

/** After this long without a write the WAL is emptied. */
const quietMs = 2_000;
/** So many commits here in a row, then one in the thread, which copies the WAL back once it is long enough. */
const longestRun = 100;

/**
 * The database's thread, and beside it a second connection on the event loop, for the program's `brief` operations while
 * commits are few and quick. A lone commit then costs its sync, without two threads that wake each other. As soon as commits
 * take a good part of the time, or the disk is slow, or somebody else writes to the file, everything goes to the thread,
 * where commits are shared and nothing stops the event loop. The two never write at once: a client runs one batch at a time.
 *
 * @param onFatal called once if the thread ends by itself
 */
export async function openNearbyConnection(
  request: OpenRequest,
  entry: URL,
  onFatal: (error: DatabaseError) => void,
): Promise<Connection> {
  const load = createCommitLoad();
  let here: GuestConnection | undefined;
  let hasEnded = false;
  let commitsHere = 0;
  const thread = await openThreadConnection(request, entry, (error) => {
    hasEnded = true;
    onFatal(error);
  });
  // Nobody waits for it, and without it everything works: the thread says whatever is wrong with the file.
  const opening = openGuestConnection(request).then(
    (connection) => {
      here = connection;
    },
    () => {},
  );
  const tidying = setTimeout(() => thread.tidy(), quietMs).unref();

  /** Undefined when it is for the thread; nothing was done then. */
  function runHere(kind: 'write' | 'read', calls: readonly Call[]): Batch | undefined {
    if (here === undefined || hasEnded || commitsHere >= longestRun) return undefined;
    const { brief } = here;
    if (!load.isLight(performance.now()) || !calls.every(({ name }) => brief.has(name))) return undefined;
    const batch = here[kind](calls);
    return isRefusedAsBusy(batch) ? undefined : batch;
  }

  return {
    async run(kind, calls) {
      const ranHere = runHere(kind, calls);
      const batch = ranHere ?? (await thread.run(kind, calls));
      if (kind === 'write') {
        commitsHere = ranHere ? commitsHere + 1 : 0;
        load.note({ durationMs: batch.durationMs, writes: calls.length }, performance.now());
        tidying.refresh();
      }
      return batch;
    },
    async close() {
      clearTimeout(tidying);
      await opening;
      here?.close();
      await thread.close();
    },
  };
}

/** A lock that is held elsewhere refuses all writes of a batch before anything is done, and any read. */
function isRefusedAsBusy({ answers }: Batch): boolean {
  return answers.some((answer) => !answer.ok && /^SQLITE_BUSY(_|$)/.test(answer.failure.code ?? ''));
}
