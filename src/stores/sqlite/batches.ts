import { DatabaseError } from './database-error.ts';
import type { Call, CallResult } from './executor.ts';
import { deserializeError } from './serialized-error.ts';

type Pending = {
  readonly call: Call;
  resolve(value: unknown): void;
  reject(error: unknown): void;
};

export type BatchOptions = {
  /** Runs one batch; not called again before it has settled. */
  run(calls: readonly Call[]): Promise<readonly CallResult[]>;
  readonly file: string;
  readonly maxBatch: number;
  readonly maxQueued: number;
  readonly schedule: (flush: () => void) => void;
};

/** Gathers calls into batches: while one batch runs the next one grows, so batches are as large as the load requires. */
export type Batches = {
  add(call: Call): Promise<unknown>;
  /** Resolves once nothing is queued and nothing runs. */
  idle(): Promise<void>;
};

export function createBatches(options: BatchOptions): Batches {
  const { run, file, maxBatch, maxQueued, schedule } = options;
  const queue: Pending[] = [];
  const idleWaiters: (() => void)[] = [];
  let phase: 'idle' | 'gathering' | 'running' = 'idle';

  function gather(): void {
    if (phase !== 'idle') return;
    phase = 'gathering';
    schedule(flush);
  }

  function flush(): void {
    phase = 'running';
    void runBatch(queue.splice(0, maxBatch)).then(afterBatch);
  }

  function afterBatch(): void {
    phase = 'idle';
    if (queue.length === 0) for (const resolve of idleWaiters.splice(0)) resolve();
    else gather();
  }

  async function runBatch(batch: readonly Pending[]): Promise<void> {
    try {
      settle(batch, await run(batch.map(({ call }) => call)));
    } catch (error) {
      // An argument that cannot be cloned keeps its whole message from being sent: find out whose it is.
      if (isCloneError(error) && batch.length > 1) for (const one of batch) await runBatch([one]);
      else for (const { reject } of batch) reject(error);
    }
  }

  return {
    add(call) {
      if (queue.length >= maxQueued) return Promise.reject(busy(file, maxQueued));
      return new Promise((resolve, reject) => {
        queue.push({ call, resolve, reject });
        gather();
      });
    },
    idle() {
      if (phase === 'idle') return Promise.resolve();
      return new Promise((resolve) => idleWaiters.push(resolve));
    },
  };
}

function settle(batch: readonly Pending[], results: readonly CallResult[]): void {
  batch.forEach(({ resolve, reject }, index) => {
    const result = results[index];
    if (result === undefined) reject(new Error(`no result of call ${index} of a batch of ${batch.length}`));
    else if (result.ok) resolve(result.value);
    else reject(deserializeError(result.error));
  });
}

function isCloneError(error: unknown): boolean {
  return error instanceof Error && error.name === 'DataCloneError';
}

function busy(file: string, maxQueued: number): DatabaseError {
  return new DatabaseError(
    'busy',
    `${file}: ${maxQueued} calls are waiting; nothing was done, try again later`,
  );
}
