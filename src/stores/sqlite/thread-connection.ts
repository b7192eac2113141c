import { basename } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DatabaseError } from './database-error.ts';
import type { Batch, Call } from './executor.ts';
import type { Connection, OpenRequest } from './local-connection.ts';
import { deserializeError, type SerializedError } from './serialized-error.ts';

/** What the database's thread is told. */
export type ToThread =
  | { readonly kind: 'write' | 'read'; readonly calls: readonly Call[] }
  | { readonly kind: 'truncateWal' | 'close' };

/** What the database's thread says. After `refused` and `closed` it ends. */
export type FromThread =
  | { readonly kind: 'opened' | 'closed' }
  | { readonly kind: 'refused'; readonly error: SerializedError }
  | { readonly kind: 'write' | 'read'; readonly batch: Batch };

export type ThreadConnection = Connection & {
  /** Truncates the WAL after everything asked before; the outcome is not reported. */
  truncateWal(): void;
};

type Waiting = { resolve(batch: Batch | undefined): void; reject(error: Error): void };
type Slot = 'open' | 'write' | 'read' | 'close';

/**
 * Starts a thread that opens the database. Messages of one kind are answered in turn, so a reply needs no number.
 *
 * @param onFatal called once if the thread ends by itself after it had opened.
 */
export async function openThreadConnection(
  request: OpenRequest,
  entry: URL,
  onFatal: (error: DatabaseError) => void,
): Promise<ThreadConnection> {
  const waiting = new Map<Slot, Waiting>();
  let ended: Error | undefined;
  const worker = new Worker(entry, {
    name: `sqlite ${basename(request.file)}`,
    workerData: request,
    // Flags such as --import or --inspect are for the process, not for each database thread.
    execArgv: [],
  });

  function wait(slot: Slot, message?: ToThread): Promise<Batch | undefined> {
    if (ended !== undefined) return Promise.reject(ended);
    return new Promise((resolve, reject) => {
      if (message !== undefined) worker.postMessage(message);
      waiting.set(slot, { resolve, reject });
    });
  }

  function settle(slot: Slot, batch?: Batch): void {
    const waiter = waiting.get(slot);
    waiting.delete(slot);
    waiter?.resolve(batch);
  }

  function end(error: Error): void {
    if (ended !== undefined) return;
    ended = error;
    const crashed = !waiting.has('open');
    for (const waiter of waiting.values()) waiter.reject(error);
    waiting.clear();
    if (crashed && error instanceof DatabaseError && error.kind === 'crashed') onFatal(error);
  }

  worker.on('message', (message: FromThread) => {
    switch (message.kind) {
      case 'opened':
        settle('open');
        break;
      case 'write':
      case 'read':
        settle(message.kind, message.batch);
        break;
      case 'refused':
        end(deserializeError(message.error));
        break;
      case 'closed':
        ended = new DatabaseError('closed', `${request.file}: closed`);
        settle('close');
        break;
      default:
        message satisfies never;
    }
  });
  worker.on('error', (cause) => end(crash(request.file, `threw ${String(cause)}`, cause)));
  worker.on('messageerror', (cause) => end(crash(request.file, 'sent an unreadable answer', cause)));
  worker.on('exit', (exitCode) => end(crash(request.file, `ended with exit code ${exitCode}`)));

  await wait('open');
  return {
    async run(kind, calls) {
      const batch = await wait(kind, { kind, calls });
      if (batch === undefined)
        throw new Error(`${request.file}: the thread answered a ${kind} without a batch`);
      return batch;
    },
    truncateWal() {
      if (ended === undefined) worker.postMessage({ kind: 'truncateWal' } satisfies ToThread);
    },
    async close() {
      // A thread that has ended has closed its file.
      if (ended === undefined) await wait('close', { kind: 'close' });
    },
  };
}

function crash(file: string, what: string, cause?: unknown): DatabaseError {
  return new DatabaseError(
    'crashed',
    `${file}: its thread ${what}; what was being written may or may not be kept, restart the process`,
    cause === undefined ? {} : { cause },
  );
}
