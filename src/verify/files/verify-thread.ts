/** Entry of a thread that checks pieces of the books until it is told to end. Not imported by anyone. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { CannotCheck } from '../cannot-check.ts';
import { type BookWork, doBookWork } from './book-work.ts';
import { closeBooks, openBooks, readable } from './open-books.ts';
import type { FromVerifyThread, VerifyThreadData } from './verify-threads.ts';

if (parentPort === null) throw new Error('verify-thread runs as a worker thread: call verifyFiles()');
serve(parentPort, workerData as VerifyThreadData);

function serve(port: MessagePort, { dataDir, options }: VerifyThreadData): void {
  const post = (message: FromVerifyThread): void => port.postMessage(message);
  const orFailed = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      if (!(error instanceof CannotCheck)) throw error;
      post({ kind: 'cannotCheck', message: error.message });
    }
  };
  orFailed(() => {
    const files = openBooks(dataDir);
    port.on('message', (message: BookWork | 'end') => {
      if (message === 'end') {
        closeBooks(files);
        port.close();
      } else
        orFailed(() => {
          const onOrders = (count: number): void => post({ kind: 'progress', count });
          post({ kind: 'done', result: readable(() => doBookWork(files, message, options, onOrders)) });
        });
    });
  });
}
