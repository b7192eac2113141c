import { Worker } from 'node:worker_threads';
import { moduleBeside } from '../../stores/module-beside.ts';
import { CannotCheck } from '../cannot-check.ts';
import type { BookResult, BookWork } from './book-work.ts';
import type { RangeOptions } from './check-range.ts';
import type { ReadingGate } from './reading-gate.ts';
import type { SagaResult, SagaWork } from './saga-work.ts';

/** What a thread opens and does: pieces of all four books, or of the saga log alone. */
export type VerifyThreadData =
  | { readonly kind: 'books'; readonly dataDir: string; readonly options: RangeOptions }
  | { readonly kind: 'sagas'; readonly dataDir: string };

export type ToVerifyThread = BookWork | SagaWork | 'end';

export type FromVerifyThread =
  | { readonly kind: 'progress'; readonly count: number }
  | { readonly kind: 'done'; readonly result: BookResult | SagaResult }
  | { readonly kind: 'cannotCheck'; readonly message: string };

export type ThreadedWork = {
  readonly dataDir: string;
  readonly options: RangeOptions;
  readonly work: readonly BookWork[];
  readonly threads: number;
  readonly gate: ReadingGate;
  readonly onOrders: (count: number) => void;
  readonly onResult: (result: BookResult) => void;
};

/**
 * Hands out the pieces in order, one at a time to each thread, and resolves when all are done.
 *
 * @throws CannotCheck as soon as one thread cannot read
 */
export async function doInThreads(job: ThreadedWork): Promise<void> {
  const queue = [...job.work];
  const workers = Array.from({ length: Math.min(job.threads, queue.length) }, (_, index) => {
    const { dataDir, options } = job;
    return startVerifyThread(`verify ${index + 1}`, { kind: 'books', dataDir, options });
  });
  try {
    await Promise.all(workers.map((worker) => drain(worker, queue, job)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

export const startVerifyThread = (name: string, data: VerifyThreadData): Worker =>
  new Worker(moduleBeside('verify-thread', import.meta.url), { name, workerData: data, execArgv: [] });

function drain(worker: Worker, queue: BookWork[], { gate, onOrders, onResult }: ThreadedWork): Promise<void> {
  return new Promise((resolve, reject) => {
    let isDone = false;
    const next = (): void => {
      const work = queue.shift();
      isDone = work === undefined;
      if (work === undefined) worker.postMessage('end' satisfies ToVerifyThread);
      else gate.enter().then(() => worker.postMessage(work satisfies ToVerifyThread), reject);
    };
    worker.on('message', (message: FromVerifyThread) => {
      switch (message.kind) {
        case 'progress':
          onOrders(message.count);
          break;
        case 'done':
          gate.leave();
          onResult(message.result as BookResult);
          next();
          break;
        case 'cannotCheck':
          reject(new CannotCheck(message.message));
          break;
        default:
          message satisfies never;
      }
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      if (isDone) resolve();
      else reject(new Error('a thread of the check ended before its work was done'));
    });
    next();
  });
}
