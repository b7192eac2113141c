import type Sqlite from 'better-sqlite3';

/** What a program may do with the open database: nothing but prepare. Others begin and end transactions, and close it. */
export type Database = Pick<Sqlite.Database, 'prepare'>;

/**
 * Named synchronous operations over one open database. They run where the database is open, usually in its own
 * thread, so an argument and an answer are values that survive a structured clone: plain objects, arrays, numbers,
 * bigints, strings, Uint8Array. Each takes one argument or none.
 *
 * Write this as a `type`, not as an `interface` (an interface has no index signature and does not fit).
 */
export type Operations = { readonly [name: string]: (argument: never) => unknown };

/**
 * The SQL of one service: its schema and its operations. A module exports it as `program`, and `openDatabase` is given
 * that module's URL, because a function cannot be sent to a thread but the name of its module can.
 *
 * Rules for an operation:
 * - it keeps its state in the database only. A write may be run, undone with its whole batch and run again, so a
 *   variable it changed on the way would be wrong;
 * - it never begins or ends a transaction; it already runs inside one, `BEGIN IMMEDIATE` for a write;
 * - a business "no" is an answer. To throw is to undo this operation alone, and costs the batch a second run;
 * - constraints are immediate (SQLite's default). One that is deferred to COMMIT would refuse a whole batch.
 */
export type Program<Ops extends Operations> = {
  /**
   * SQL scripts, applied in order, each in a transaction of its own; `PRAGMA user_version` records how many. Append
   * only: a script that has been released is never edited.
   */
  readonly migrations: readonly string[];
  /**
   * Operations that touch a few rows at most, writes and reads. They may run on the event loop while commits are few
   * and quick, so an operation whose time grows with the number of sagas must not be listed. Default none: everything
   * runs in the thread.
   */
  readonly brief?: readonly (keyof Ops & string)[];
  /** Prepares the statements once and returns the operations. Called after the migrations. */
  create(database: Database): Ops;
};
