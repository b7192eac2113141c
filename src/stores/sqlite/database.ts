import type { DatabaseError } from './database-error.ts';
import type { Operations } from './program.ts';

/** Asks the one connection of one database. Calls are answered in the order they were made, writes apart from reads. */
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
  /** Structured-cloneable value handed to the program's `create`. */
  readonly settings?: unknown;
  /**
   * true (the default): SQLite runs in a thread of its own and fsync never blocks the event loop. false: the same
   * batches run on the calling thread, for `:memory:` and simulations.
   */
  readonly thread?: boolean;
  /** Entry of the database's thread. Default: `database-thread` beside this module; a bundle says where it put it. */
  readonly threadEntry?: URL;
  /** Most writes in one commit. Default 512. */
  readonly maxBatch?: number;
  /** Most calls waiting, writes and reads counted apart; one more is rejected as `busy`. Default 20 000. */
  readonly maxQueued?: number;
  /**
   * How long to gather after the first write, once commits hold more than one write anyway; a lone writer never
   * waits. Default 0: gather for the rest of the event-loop turn.
   */
  readonly lingerMs?: number;
  /** How long SQLite waits for another process's write lock before `SQLITE_BUSY`. Default 5 000. */
  readonly busyTimeoutMs?: number;
  /** Starts the next batch "a moment from now". Default `setImmediate`; a simulation passes its own. */
  readonly schedule?: (flush: () => void) => void;
  /** Called after each commit whose writes have been acknowledged. Must not throw. */
  readonly onCommit?: (commit: Commit) => void;
  /** Called once if the thread ends without being asked to; everything pending has been rejected as `crashed`. */
  readonly onFatal?: (error: DatabaseError) => void;
};

/**
 * Opens a database and brings its schema up to date.
 *
 * @throws DatabaseError kind `unusable` or `storage`; the message names the file and what to do.
 */
export function openDatabase<Ops extends Operations>(options: DatabaseOptions): Promise<DatabaseClient<Ops>> {
  return Promise.reject(new Error(`not built yet: ${options.file}`));
}

/**
 * URL of a module in the same folder, with the extension of the module that asks: `.ts` from sources, `.js` from the
 * build. `moduleBeside('inventory-program', import.meta.url)`.
 */
export function moduleBeside(name: string, importMetaUrl: string): URL {
  const extension = importMetaUrl.slice(importMetaUrl.lastIndexOf('.'));
  return new URL(`./${name}${extension}`, importMetaUrl);
}
