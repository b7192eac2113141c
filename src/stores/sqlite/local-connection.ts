import type { Database } from 'better-sqlite3';
import { DatabaseError } from './database-error.ts';
import { type Batch, type Call, type CallResult, createExecutor, type Executor } from './executor.ts';
import { migrate } from './migrations.ts';
import { openError, openWritable } from './open-file.ts';
import type { Operations, Program } from './program.ts';
import { serializeError } from './serialized-error.ts';

/** What it takes to open a database; plain data, so that it can be sent to a thread. */
export type OpenRequest = {
  readonly file: string;
  readonly programUrl: string;
  readonly busyTimeoutMs: number;
};

/** An open database and its program on the thread that holds it. */
export type LocalConnection = Executor & {
  /**
   * Checkpoints the WAL into the file and truncates it, so that a system at rest starts fast and is easy to copy. Never
   * waits: while another connection reads, it does as much as it can.
   */
  truncateWal(): void;
  /** Checkpoints the WAL into the file and closes it. */
  close(): void;
};

/** A connection wherever it lives. At most one write batch and one read batch are under way at a time. */
export type Connection = {
  run(kind: 'write' | 'read', calls: readonly Call[]): Promise<Batch>;
  close(): Promise<void>;
};

/** A second connection to a file, for what its program calls `brief`. */
export type SecondConnection = Executor & {
  readonly brief: ReadonlySet<string>;
  close(): void;
};

/** @throws DatabaseError `unusable`, whatever went wrong. */
export async function openLocalConnection(request: OpenRequest): Promise<LocalConnection> {
  return openProgram(request, (database, executor) => ({
    ...executor,
    truncateWal() {
      database.pragma('busy_timeout = 0');
      try {
        database.pragma('wal_checkpoint(TRUNCATE)');
      } finally {
        database.pragma(`busy_timeout = ${request.busyTimeoutMs}`);
      }
    },
    close: () => void database.close(),
  }));
}

async function openProgram<Opened>(
  request: OpenRequest,
  finish: (database: Database, executor: Executor) => Opened,
): Promise<Opened> {
  const { file, busyTimeoutMs } = request;
  let database: Database | undefined;
  try {
    const { migrations, create } = await loadProgram(request);
    database = openWritable(file, busyTimeoutMs);
    migrate(database, migrations, file);
    return finish(database, createExecutor(database, create(database), file));
  } catch (error) {
    database?.close();
    throw openError(error, file);
  }
}

/**
 * Runs the database on the calling thread. Arguments and answers are cloned as they would be on their way to a thread,
 * so that a simulation meets the same values (and the same refusals) as production.
 */
export async function openInlineConnection(request: OpenRequest): Promise<Connection> {
  const local = await openLocalConnection(request);
  return {
    async run(kind, calls) {
      const { answers, durationMs } = local[kind](structuredClone(calls));
      return { answers: answers.map((answer) => cloned(answer, request.file)), durationMs };
    },
    async close() {
      local.close();
    },
  };
}

/**
 * A second connection to a file whose first connection lives in a thread. It never waits for a lock and leaves
 * checkpoints to the first. Undefined when the program has nothing to run on it, or the database is in memory and so
 * not shared.
 */
export async function openSecondConnection(request: OpenRequest): Promise<SecondConnection | undefined> {
  const { file } = request;
  const { brief = [] } = await loadProgram(request);
  if (brief.length === 0 || file === ':memory:') return undefined;
  return openProgram(request, (database, executor) => {
    database.pragma('busy_timeout = 0');
    database.pragma('wal_autocheckpoint = 0');
    return { ...executor, brief: new Set(brief), close: () => void database.close() };
  });
}

/** The result as its receiver will see it, or a failure that says why it cannot be sent. */
export function cloned(answer: CallResult, file: string): CallResult {
  try {
    return structuredClone(answer);
  } catch (error) {
    return { ok: false, error: serializeError(error, file) };
  }
}

async function loadProgram({ file, programUrl }: OpenRequest): Promise<Program<Operations>> {
  const module: { readonly program?: Partial<Program<Operations>> } = await import(programUrl);
  const { program } = module;
  if (Array.isArray(program?.migrations) && typeof program.create === 'function')
    return program as Program<Operations>;
  throw new DatabaseError(
    'unusable',
    `${file}: ${programUrl} exports no "program" with migrations and create()`,
  );
}
