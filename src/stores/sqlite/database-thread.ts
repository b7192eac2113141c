/** Entry of the thread that owns one database: answers batches until it is told to close. Not imported by anyone. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Batch } from './executor.ts';
import { cloned, type LocalConnection, type OpenRequest, openLocalConnection } from './local-connection.ts';
import { serializeError } from './serialized-error.ts';
import type { FromThread, ToThread } from './thread-connection.ts';

if (parentPort === null) throw new Error('database-thread runs as a worker thread: call openDatabase()');
await serve(parentPort, workerData as OpenRequest);

async function serve(port: MessagePort, request: OpenRequest): Promise<void> {
  const post = (message: FromThread): void => port.postMessage(message);
  try {
    const local = await openLocalConnection(request);
    const thread = { local, port, file: request.file };
    port.on('message', (message: ToThread) => handle(message, thread));
    post({ kind: 'opened' });
  } catch (error) {
    post({ kind: 'refused', error: serializeError(error, request.file) });
  }
}

type Thread = { readonly local: LocalConnection; readonly port: MessagePort; readonly file: string };

function handle(message: ToThread, thread: Thread): void {
  const { local, port } = thread;
  switch (message.kind) {
    case 'write':
    case 'read':
      answer(message.kind, local[message.kind](message.calls), thread);
      break;
    case 'truncateWal':
      truncateWal(local);
      break;
    case 'close':
      local.close();
      port.postMessage({ kind: 'closed' } satisfies FromThread);
      port.close();
      break;
    default:
      message satisfies never;
  }
}

function truncateWal(local: LocalConnection): void {
  try {
    local.truncateWal();
  } catch {
    // E.g. a full disk, which the next write will report.
  }
}

function answer(kind: 'write' | 'read', batch: Batch, { port, file }: Thread): void {
  try {
    port.postMessage({ kind, batch } satisfies FromThread);
  } catch {
    // Some answer cannot be cloned. The others are committed and must arrive.
    const answers = batch.answers.map((one) => cloned(one, file));
    port.postMessage({ kind, batch: { ...batch, answers } } satisfies FromThread);
  }
}
