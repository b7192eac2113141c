import type { Violation } from '../books.ts';
import { CannotCheck } from '../cannot-check.ts';
import type { SagaPage, SagaResult, SagaWork } from './saga-work.ts';
import { type FromVerifyThread, startVerifyThread } from './verify-threads.ts';

/**
 * Reads and checks the saga log of a running gateway in a thread, over a connection of its own, so that orders wait for
 * neither. Every answer shows the log as it is when it is asked. One question at a time.
 */
export type SagaReader = {
  count(): Promise<number>;
  /** I6 and I9 of the idempotency keys. */
  keys(): Promise<{ readonly keys: number; readonly violations: readonly Violation[] }>;
  page(query: { readonly afterId: string; readonly limit: number }): Promise<SagaPage>;
  /** Those of the ids that have a saga. */
  known(ids: readonly string[]): Promise<readonly string[]>;
  /** Ends the thread; what is being asked is rejected. */
  close(): Promise<void>;
};

/** Every question rejects with {@link CannotCheck} when the log cannot be read. */
export function startSagaReader(dataDir: string): SagaReader {
  const thread = startVerifyThread('verify sagas', { kind: 'sagas', dataDir });
  let waiting: { resolve(result: SagaResult): void; reject(error: Error): void } | undefined;
  let ended: Error | undefined;

  function end(error: Error): void {
    ended ??= error;
    waiting?.reject(ended);
    waiting = undefined;
  }

  thread.on('message', (message: FromVerifyThread) => {
    if (message.kind === 'cannotCheck') end(new CannotCheck(message.message));
    if (message.kind !== 'done') return;
    waiting?.resolve(message.result as SagaResult);
    waiting = undefined;
  });
  thread.on('error', (cause) => end(cause instanceof Error ? cause : new Error(String(cause))));
  thread.on('exit', () => end(new Error('the thread that reads the saga log has ended')));

  async function ask<Kind extends SagaWork['kind']>(
    work: Extract<SagaWork, { kind: Kind }>,
  ): Promise<Extract<SagaResult, { kind: Kind }>> {
    if (ended !== undefined) throw ended;
    if (waiting !== undefined) throw new Error('the saga log is asked one question at a time');
    const result = await new Promise<SagaResult>((resolve, reject) => {
      waiting = { resolve, reject };
      thread.postMessage(work);
    });
    return result as Extract<SagaResult, { kind: Kind }>;
  }

  return {
    count: async () => (await ask({ kind: 'count' })).sagas,
    keys: () => ask({ kind: 'keys' }),
    page: async (query) => (await ask({ kind: 'page', ...query })).page,
    known: async (ids) => (ids.length === 0 ? [] : (await ask({ kind: 'known', ids })).ids),
    async close() {
      await thread.terminate();
    },
  };
}
