import type { Database } from 'better-sqlite3';
import { DatabaseError } from './database-error.ts';
import type { Operations } from './program.ts';
import { isStorageFault, type SerializedError, serializeError } from './serialized-error.ts';

/** A request to run one operation. */
export type Call = { readonly name: string; readonly argument: unknown };

export type CallResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: SerializedError };

/** The answers to a batch, in its order, and how long the batch took. */
export type Batch = { readonly answers: readonly CallResult[]; readonly durationMs: number };

/** Runs batches on an open database, synchronously. */
export type Executor = {
  /** All calls in one transaction. When it returns, every `ok` answer is covered by a COMMIT that has returned. */
  write(calls: readonly Call[]): Batch;
  /** Each call in a read transaction of its own. */
  read(calls: readonly Call[]): Batch;
};

/** @param file names the database in error messages. */
export function createExecutor(database: Database, operations: Operations, file: string): Executor {
  const beginWrite = database.prepare('BEGIN IMMEDIATE');
  const beginRead = database.prepare('BEGIN DEFERRED');
  const commit = database.prepare('COMMIT');
  const undo = database.prepare('ROLLBACK');
  const mark = database.prepare('SAVEPOINT operation');
  const undoToMark = database.prepare('ROLLBACK TO operation');
  const dropMark = database.prepare('RELEASE operation');
  const changes = database.prepare('SELECT total_changes()').pluck();

  function run({ name, argument }: Call): CallResult {
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (operation === undefined) throw new TypeError(`${file}: its program has no operation "${name}"`);
    const value = operation(argument as never);
    if (value instanceof Promise) throw new TypeError(`operation "${name}" must answer synchronously`);
    if (!database.inTransaction) throw transactionEnded(name);
    return { ok: true, value };
  }

  // SQLite undoes the whole transaction by itself on some faults (a full disk, an I/O error). An operation that
  // swallowed such an error would otherwise let the rest of its batch run, and commit, statement by statement.
  function transactionEnded(name: string): DatabaseError {
    return new DatabaseError(
      'storage',
      `${file}: the transaction ended inside operation "${name}"; see its errors`,
    );
  }

  function inWriteTransaction(body: () => readonly CallResult[]): readonly CallResult[] {
    if (database.inTransaction) undo.run();
    beginWrite.run();
    try {
      const answers = body();
      commit.run();
      return answers;
    } catch (error) {
      if (database.inTransaction) undo.run();
      throw error;
    }
  }

  function runMarked(call: Call): CallResult {
    mark.run();
    try {
      const answer = run(call);
      dropMark.run();
      return answer;
    } catch (error) {
      if (isStorageFault(error) || !database.inTransaction) throw error;
      undoToMark.run();
      dropMark.run();
      return refuse(error);
    }
  }

  // The happy path sets no savepoint. After a throw the batch runs a second time with one savepoint an operation: still
  // a single fsync, so that one operation that always throws does not cost its neighbours an fsync each.
  function writeAll(calls: readonly Call[]): readonly CallResult[] {
    try {
      return inWriteTransaction(() => calls.map(run));
    } catch (error) {
      if (calls.length === 1 || isStorageFault(error)) return calls.map(() => refuse(error));
    }
    try {
      return inWriteTransaction(() => calls.map(runMarked));
    } catch (error) {
      return calls.map(() => refuse(error));
    }
  }

  function readOne(call: Call): CallResult {
    try {
      beginRead.run();
      const before = changes.get();
      const answer = run(call);
      if (changes.get() === before) return answer;
      throw new TypeError(`operation "${call.name}" changes rows: call write(), not read()`);
    } catch (error) {
      return refuse(error);
    } finally {
      if (database.inTransaction) undo.run();
    }
  }

  const refuse = (thrown: unknown): CallResult => ({ ok: false, error: serializeError(thrown, file) });

  return {
    write: (calls) => timed(() => writeAll(calls)),
    read: (calls) => timed(() => calls.map(readOne)),
  };
}

function timed(body: () => readonly CallResult[]): Batch {
  const startedMs = performance.now();
  const answers = body();
  return { answers, durationMs: performance.now() - startedMs };
}
