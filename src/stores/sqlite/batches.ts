import { DatabaseError } from './database-error.ts';
import type { Answer, Call } from './executor.ts';
import { errorFrom } from './failure.ts';

/** When a write is needed: `now`, or whenever others are, since nobody waits for it yet. */
export type Urgency = 'now' | 'inCompany';

type Pending = {
  readonly call: Call;
  readonly urgency: Urgency;
  resolve(value: unknown): void;
  reject(error: unknown): void;
};

export type BatchOptions = {
  /** Runs one batch; not called again before it has settled. */
  run(calls: readonly Call[]): Promise<readonly Answer[]>;
  readonly file: string;
  readonly maxBatch: number;
  readonly maxQueued: number;
  /** Longest wait of calls that all may wait for company. */
  readonly lingerMs: number;
  readonly schedule: (flush: () => void) => void;
};

/**
 * Gathers calls into batches: while one batch runs the next one grows, so batches are as large as the load asks. Calls
 * that may wait for company start none until another call does, or until they have waited long enough.
 */
export type Batches = {
  add(call: Call, urgency?: Urgency): Promise<unknown>;
  /** Resolves once nothing is queued and nothing runs. */
  idle(): Promise<void>;
};

export function createBatches(options: BatchOptions): Batches {
  const { run, file, maxBatch, maxQueued, lingerMs, schedule } = options;
  const queue: Pending[] = [];
  const idleWaiters: (() => void)[] = [];
  let phase: 'idle' | 'lingering' | 'gathering' | 'running' = 'idle';
  let lingering: NodeJS.Timeout | undefined;

  function linger(): void {
    if (phase !== 'idle') return;
    phase = 'lingering';
    lingering = setTimeout(gather, lingerMs);
  }

  function gather(): void {
    if (phase === 'gathering' || phase === 'running') return;
    clearTimeout(lingering);
    phase = 'gathering';
    schedule(flush);
  }

  function flush(): void {
    phase = 'running';
    void runBatch(queue.splice(0, maxBatch)).then(rest);
  }

  function rest(): void {
    phase = 'idle';
    if (queue.length === 0) for (const resolve of idleWaiters.splice(0)) resolve();
    else if (idleWaiters.length > 0 || queue.some(({ urgency }) => urgency === 'now')) gather();
    else linger();
  }

  async function runBatch(batch: readonly Pending[]): Promise<void> {
    try {
      settle(batch, await run(batch.map(({ call }) => call)));
    } catch (error) {
      // An argument that cannot be cloned stops the message it is in before anything is sent: find whose it is.
      if (isCloneError(error) && batch.length > 1) for (const one of batch) await runBatch([one]);
      else for (const { reject } of batch) reject(error);
    }
  }

  return {
    add(call, urgency = 'now') {
      if (queue.length >= maxQueued) return Promise.reject(busy(file, maxQueued));
      return new Promise((resolve, reject) => {
        queue.push({ call, urgency, resolve, reject });
        if (urgency === 'now' || lingerMs === 0 || queue.length >= maxBatch) gather();
        else linger();
      });
    },
    idle() {
      if (phase === 'idle') return Promise.resolve();
      if (phase === 'lingering') gather();
      return new Promise((resolve) => idleWaiters.push(resolve));
    },
  };
}

function settle(batch: readonly Pending[], answers: readonly Answer[]): void {
  batch.forEach(({ resolve, reject }, index) => {
    const answer = answers[index];
    if (answer === undefined) reject(new Error(`no answer to call ${index} of a batch of ${batch.length}`));
    else if (answer.ok) resolve(answer.value);
    else reject(errorFrom(answer.failure));
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
