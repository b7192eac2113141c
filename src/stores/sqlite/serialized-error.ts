import { DatabaseError, type DatabaseErrorKind } from './database-error.ts';

/** An error as plain data: a structured clone of an Error loses its code, its class and most of its name. */
export type SerializedError = {
  /** `operation`: thrown by an operation, to be handed to its caller. Otherwise a {@link DatabaseError}. */
  readonly kind: DatabaseErrorKind | 'operation';
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
};

/** Primary result codes that say something about the disk, the file or other processes, never about one operation. */
const STORAGE_CODES =
  /^SQLITE_(FULL|IOERR|BUSY|LOCKED|NOMEM|CANTOPEN|CORRUPT|NOTADB|READONLY|PROTOCOL|PERM|INTERRUPT)(_|$)/;

/** The `code` of a thrown value, if it is a string. */
export function codeOf(thrown: unknown): string | undefined {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether the error concerns the whole batch, so that running its operations one by one would only repeat it. */
export function isStorageFault(thrown: unknown): boolean {
  return thrown instanceof DatabaseError || STORAGE_CODES.test(codeOf(thrown) ?? '');
}

/** Errors of SQLite about the disk, the file or other processes become a {@link DatabaseError} `storage` on the way. */
export function serializeError(thrown: unknown, file: string): SerializedError {
  if (isStorageFault(thrown)) return plain(storageError(thrown, file));
  if (thrown instanceof Error) return plain(thrown);
  return { kind: 'operation', name: 'Error', message: String(thrown) };
}

/** The error again, for the caller of the operation. */
export function deserializeError(serialized: SerializedError): Error {
  const { kind, name, message, code, stack } = serialized;
  const codeField = code === undefined ? {} : { code };
  const error =
    kind === 'operation'
      ? Object.assign(new Error(message), { name }, codeField)
      : new DatabaseError(kind, message, codeField);
  if (stack !== undefined) error.stack = stack;
  return error;
}

function plain(error: Error): SerializedError {
  const kind = error instanceof DatabaseError ? error.kind : 'operation';
  const code = codeOf(error);
  return {
    kind,
    name: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
  };
}

function storageError(thrown: unknown, file: string): DatabaseError {
  if (thrown instanceof DatabaseError) return thrown;
  const code = codeOf(thrown) ?? 'SQLITE_ERROR';
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new DatabaseError('storage', `${file}: ${reason} (${code}); ${advice(code)}`, {
    code,
    cause: thrown,
  });
}

function advice(code: string): string {
  const [, primary] = code.split('_');
  switch (primary) {
    case 'FULL':
      return 'nothing was written; free disk space, later writes then succeed';
    case 'BUSY':
    case 'LOCKED':
      return 'another process holds the write lock; nothing was written, try again';
    case 'CORRUPT':
    case 'NOTADB':
      return 'the file is damaged or is not an SQLite database; restore it from a backup';
    case 'READONLY':
    case 'CANTOPEN':
    case 'PERM':
      return 'check that this user may write the file and its directory';
    default:
      return 'check the disk and the system log; later writes are tried as usual';
  }
}
