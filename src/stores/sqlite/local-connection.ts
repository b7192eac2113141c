import type { Database } from 'better-sqlite3';
import { DatabaseError } from './database-error.ts';
import { type Answer, type Batch, type Call, createExecutor, type Executor } from './executor.ts';
import { failureFrom } from './failure.ts';
import { migrate } from './migrations.ts';
import { openError, openWritable } from './open-file.ts';
import type { Operations, Program } from './program.ts';

/** What it takes to open a database; plain data, so that it can be sent to a thread. */
export type OpenRequest = {
  readonly file: string;
  readonly programUrl: string;
  readonly settings: unknown;
  readonly busyTimeoutMs: number;
};

/** An open database and its program on the thread that holds it. */
export type LocalConnection = Executor & {
  /**
   * Folds the WAL into the file and empties it, so that a quiet system keeps no long WAL, starts fast and is copied
   * easily. Waits for nobody: while another connection reads, it does what it can.
   */
  tidy(): void;
  /** Folds the WAL into the file and closes it. */
  close(): void;
};

/** A connection wherever it lives. At most one write batch and one read batch are under way at a time. */
export type Connection = {
  run(kind: 'write' | 'read', calls: readonly Call[]): Promise<Batch>;
  close(): Promise<void>;
};

/** @throws DatabaseError `unusable`, whatever went wrong. */
export async function openLocalConnection(request: OpenRequest): Promise<LocalConnection> {
  const { file } = request;
  let database: Database | undefined;
  try {
    const program = await loadProgram(request);
    database = openWritable(file, request.busyTimeoutMs);
    migrate(database, program.migrations, file);
    const operations = program.create(database, { settings: request.settings });
    return withCare(createExecutor(database, operations, file), database, request.busyTimeoutMs);
  } catch (error) {
    database?.close();
    throw openError(error, file);
  }
}

function withCare(executor: Executor, database: Database, busyTimeoutMs: number): LocalConnection {
  return {
    ...executor,
    tidy() {
      database.pragma('busy_timeout = 0');
      try {
        database.pragma('wal_checkpoint(TRUNCATE)');
      } finally {
        database.pragma(`busy_timeout = ${busyTimeoutMs}`);
      }
    },
    close() {
      database.close();
    },
  };
}

/**
 * The calling thread as the database's thread. Arguments and answers are cloned as they would be on their way to a
 * thread, so that a simulation meets the same values (and the same refusals) as production.
 */
export async function openInlineConnection(request: OpenRequest): Promise<Connection> {
  const local = await openLocalConnection({ ...request, settings: structuredClone(request.settings) });
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

/** The answer as its receiver will see it, or a refusal that says that it cannot be sent. */
export function cloned(answer: Answer, file: string): Answer {
  try {
    return structuredClone(answer);
  } catch (error) {
    return { ok: false, failure: failureFrom(error, file) };
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
