import { moduleBeside } from '../module-beside.ts';
import { type Batches, createBatches } from './batches.ts';
import { DatabaseError } from './database-error.ts';
import type { Batch, Call } from './executor.ts';
import { type Connection, openInlineConnection } from './local-connection.ts';
import type { Operations } from './program.ts';
import { openTwoConnections } from './two-connections.ts';

/** A client of one database. Calls are answered in the order they were made, writes apart from reads. */
export type DatabaseClient<Ops extends Operations> = {
  /**
   * Runs an operation inside the next group commit. Resolves only after the COMMIT that covers it is on disk.
   * Rejects with a {@link DatabaseError}, or with the error the operation threw (its own effect is then undone and
   * no other write's is).
   */
  write<Name extends keyof Ops & string>(
    name: Name,
    ...argument: Parameters<Ops[Name]>
  ): Promise<ReturnType<Ops[Name]>>;
  /**
   * Runs an operation in a read transaction of its own. It sees every write that was acknowledged before it was
   * asked, and waits for at most the one group commit that is under way. An operation that changes rows is undone
   * and rejected.
   */
  read<Name extends keyof Ops & string>(
    name: Name,
    ...argument: Parameters<Ops[Name]>
  ): Promise<ReturnType<Ops[Name]>>;
  /** Refuses new calls, finishes the queued ones, closes the file. Idempotent. */
  close(): Promise<void>;
};

/** One commit, for metrics. */
export type Commit = {
  /** Writes that this commit made durable. */
  readonly operations: number;
  /** From BEGIN to the return of COMMIT, fsync included. */
  readonly durationMs: number;
};

export type DatabaseOptions = {
  /** Path of the file, created with mode 0600 (and its directory with 0700) when missing; or `:memory:`. */
  readonly file: string;
  /** Module that exports `program`; see {@link moduleBeside}. */
  readonly program: URL;
  /**
   * true (the default): SQLite runs in a thread of its own, so that fsync does not block the event loop, except for the
   * program's `brief` operations while commits are few and quick. false: the same batches run on the calling thread, for
   * `:memory:` and simulations.
   */
  readonly thread?: boolean;
  /** Entry of the database's thread. Default: `database-thread` beside this module. Tests pass one that dies. */
  readonly threadEntry?: URL;
  /** Most writes in one commit. Default 512. */
  readonly maxBatch?: number;
  /** Most calls waiting, writes and reads counted apart; one more is rejected as `busy`. Default 20 000. */
  readonly maxQueued?: number;
  /** How long SQLite waits for another process's write lock before `SQLITE_BUSY`. Default 5 000. */
  readonly busyTimeoutMs?: number;
  /**
   * Starts the next batch a moment from now. Default with a thread: a microtask, since what misses this batch gathers
   * while it runs; inline: `setImmediate`, since nothing gathers while a batch runs. A simulation passes its own.
   */
  readonly schedule?: (flush: () => void) => void;
  /** Called after each commit, just before its writes are acknowledged. Must not throw. */
  readonly onCommit?: (commit: Commit) => void;
  /** Called once if the thread ends without being asked to; everything pending has been rejected as `crashed`. */
  readonly onFatal?: (error: DatabaseError) => void;
};

/**
 * Opens a database and brings its schema up to date.
 *
 * @throws DatabaseError of kind `unusable`; the message names the file, what happened and what to do.
 */
export async function openDatabase<Ops extends Operations>(
  options: DatabaseOptions,
): Promise<DatabaseClient<Ops>> {
  const connection = await connect(options);
  const { file, onCommit } = options;
  const limits = {
    file,
    maxBatch: options.maxBatch ?? 512,
    maxQueued: options.maxQueued ?? 20_000,
    schedule: options.schedule ?? (options.thread === false ? nextTurn : queueMicrotask),
  };
  const writes = createBatches({
    ...limits,
    async run(calls) {
      const batch = await connection.run('write', calls);
      report(batch, onCommit);
      return batch.answers;
    },
  });
  const reads = createBatches({
    ...limits,
    run: async (calls) => (await connection.run('read', calls)).answers,
  });
  let closing: Promise<void> | undefined;

  async function finish(): Promise<void> {
    await Promise.all([writes.idle(), reads.idle()]);
    await connection.close();
  }

  // The answers come from the operation of that name, whose type Ops declares; the thread boundary hides it.
  const ask = (batches: Batches, call: Call): Promise<never> => {
    if (closing !== undefined)
      return Promise.reject(new DatabaseError('closed', `${file}: asked after close()`));
    return batches.add(call) as Promise<never>;
  };

  return {
    write: (name, ...[argument]) => ask(writes, { name, argument }),
    read: (name, ...[argument]) => ask(reads, { name, argument }),
    close() {
      closing ??= finish();
      return closing;
    },
  };
}

function nextTurn(flush: () => void): void {
  setImmediate(flush);
}

function connect(options: DatabaseOptions): Promise<Connection> {
  const request = {
    file: options.file,
    programUrl: options.program.href,
    busyTimeoutMs: options.busyTimeoutMs ?? 5_000,
  };
  if (options.thread === false) return openInlineConnection(request);
  const entry = options.threadEntry ?? moduleBeside('database-thread', import.meta.url);
  return openTwoConnections(request, entry, (error) => options.onFatal?.(error));
}

function report(batch: Batch, onCommit: DatabaseOptions['onCommit']): void {
  const operations = batch.answers.filter(({ ok }) => ok).length;
  if (operations > 0) onCommit?.({ operations, durationMs: batch.durationMs });
}
