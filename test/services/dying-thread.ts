/** A database thread that opens, answers writes with nothing done, and dies at the first read. */
import { parentPort } from 'node:worker_threads';
import type { FromThread, ToThread } from '../../src/stores/sqlite/thread-connection.ts';

const post = (message: FromThread) => parentPort?.postMessage(message);

parentPort?.on('message', (message: ToThread) => {
  if (message.kind === 'read') process.exit(3);
  if (message.kind === 'write') {
    const answers = message.calls.map(() => ({ ok: true, value: undefined }) as const);
    post({ kind: 'write', batch: { answers, durationMs: 0 } });
  }
});
post({ kind: 'opened' });
