/**
 * Why a database did not do what it was asked:
 * - `busy`: too much is queued; nothing was done, try again later;
 * - `storage`: SQLite could not read or commit (disk full, I/O error, locked by another process). `code` says which.
 *   Nothing was acknowledged. After `SQLITE_IOERR*` of a commit the write may still be found after a restart, so treat
 *   it as in doubt; after any other code it had no effect;
 * - `closed`: asked after `close()`; nothing was done;
 * - `crashed`: the database's thread ended; what was pending is in doubt, and this client is of no further use;
 * - `unusable`: the file cannot be opened by this version or with the guarantees asked for.
 */
export type DatabaseErrorKind = 'busy' | 'storage' | 'closed' | 'crashed' | 'unusable';

/**
 * The database's own failure, as opposed to an error thrown by an operation (which reaches the caller as an `Error`
 * with the name, message and code it was thrown with).
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly kind: DatabaseErrorKind;
  /** SQLite's result code, such as `SQLITE_FULL`, where SQLite gave one; otherwise the kind in capitals. */
  readonly code: string;

  constructor(kind: DatabaseErrorKind, message: string, options: { code?: string; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.kind = kind;
    this.code = options.code ?? kind.toUpperCase();
  }
}
