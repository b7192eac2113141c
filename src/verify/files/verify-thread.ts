/** Entry of a thread that checks pieces of the books until it is told to end. Not imported by anyone. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { CannotCheck } from '../cannot-check.ts';
import { type BookResult, type BookWork, doBookWork } from './book-work.ts';
import { archiveIn, closeBooks, openBook, openBooks } from './open-books.ts';
import { readable } from './read-only-book.ts';
import { doSagaWork, type SagaResult, type SagaWork } from './saga-work.ts';
import type { FromVerifyThread, ToVerifyThread, VerifyThreadData } from './verify-threads.ts';

type Opened = { run(work: BookWork | SagaWork): BookResult | SagaResult; close(): void };

if (parentPort === null) throw new Error('verify-thread runs as a worker thread: call verifyFiles()');
serve(parentPort, workerData as VerifyThreadData);

function serve(port: MessagePort, data: VerifyThreadData): void {
  const post = (message: FromVerifyThread): void => port.postMessage(message);
  const orFailed = (run: () => void): void => {
    try {
      readable(run);
    } catch (error) {
      if (!(error instanceof CannotCheck)) throw error;
      post({ kind: 'cannotCheck', message: error.message });
    }
  };
  orFailed(() => {
    const opened = open(data, (count) => post({ kind: 'progress', count }));
    port.on('message', (message: ToVerifyThread) => {
      if (message === 'end') {
        opened.close();
        port.close();
      } else orFailed(() => post({ kind: 'done', result: opened.run(message) }));
    });
  });
}

// A thread is only sent work of its kind, which the types of the message port cannot say.
function open(data: VerifyThreadData, onOrders: (count: number) => void): Opened {
  switch (data.kind) {
    case 'books': {
      const files = openBooks(data.dataDir);
      return {
        run: (work) => doBookWork(files, work as BookWork, { ...data.options, onOrders }),
        close: () => closeBooks(files),
      };
    }
    case 'sagas': {
      const files = { saga: openBook(data.dataDir, 'saga'), archive: archiveIn(data.dataDir) };
      return {
        run: (work) => doSagaWork(files, work as SagaWork),
        close() {
          files.saga.close();
          files.archive.close();
        },
      };
    }
    default:
      return data satisfies never;
  }
}
