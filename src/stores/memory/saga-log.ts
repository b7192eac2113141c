import type { ProcessIdentity } from '../owner-lease.ts';
import type { SagaLog } from '../saga-log.ts';
import * as disks from './saga-disk.ts';

export type MemorySagaLogOptions = Partial<ProcessIdentity> & {
  /**
   * Where to write. Two logs on one disk stand for two processes; a new log on the disk of an abandoned one stands for
   * a restart. Default: an empty disk.
   */
  readonly disk?: disks.SagaDisk;
  /**
   * Starts the next flush "a moment from now"; everything asked for until then shares it. Whatever is still waiting
   * when a simulated process dies is lost. Default: a microtask.
   */
  readonly schedule?: (flush: () => void) => void;
  /**
   * Wraps each flush that writes, for faults of the disk. `write` puts everything on the disk. Throwing before it loses
   * the writes; throwing after it leaves them in doubt: durable, but reported as failed. Default: just `write()`.
   */
  readonly commit?: (write: () => void) => void;
};

/**
 * A saga log in memory with the meaning of the durable one: writes become visible together, when they are flushed,
 * and promises resolve after that. For tests and simulations, where nothing may depend on a clock or a thread.
 */
export function createMemorySagaLog(options: MemorySagaLogOptions = {}): SagaLog {
  const { disk = disks.createSagaDisk(), pid = 1, host = 'memory', isAlive = () => true } = options;
  const { write, read, close } = createFlushes(options);
  return {
    accept: (acceptance) => write(() => disks.accept(disk, acceptance)),
    append: (append) => write(() => disks.append(disk, append)),
    claim: (claim) => write(() => disks.claim(disk, claim)),
    renewLease: ({ owner, nowMs, leaseMs }) =>
      write(() => disks.renewLease(disk, { owner, pid, host, expiresAtMs: nowMs + leaseMs }, nowMs)),
    releaseLease: (owner) => write(() => disks.releaseLease(disk, owner)),
    sweepExpired: (query) => write(() => disks.sweepExpired(disk, query)),
    findArchivable: (query) => read(() => disks.findArchivable(disk, query)),
    archive: (ids) => write(() => disks.archive(disk, ids)),
    get: (sagaId) => read(() => disks.get(disk, sagaId)),
    events: (sagaId, afterSeq) => read(() => disks.eventsAfter(disk, sagaId, afterSeq)),
    list: (query) => read(() => disks.list(disk, query)),
    counts: () => read(() => disks.counts(disk)),
    findUndriven: (query) => read(() => disks.findUndriven(disk, query, { pid, host, isAlive })),
    findAnswer: (query) => read(() => disks.findAnswer(disk, query)),
    pauses: () => read(() => disks.pausesOf(disk)),
    pause: (pause) => write(() => disks.pause(disk, pause)),
    endPause: (end) => write(() => disks.endPause(disk, end)),
    close,
  };
}

/** Runs on the disk, and returns what tells the caller about it afterwards. */
type Call = () => () => void;

function createFlushes({ schedule = queueMicrotask, commit = (write) => write() }: MemorySagaLogOptions) {
  let writes: { readonly run: Call; reject(error: unknown): void }[] = [];
  let reads: Call[] = [];
  let scheduled = false;
  let closed = false;

  function flush(): void {
    scheduled = false;
    const [writing, reading] = [writes, reads];
    [writes, reads] = [[], []];
    const told = writing.length > 0 ? committed(writing) : [];
    for (const tell of [...told, ...reading.map((run) => run())]) tell();
  }

  function committed(calls: typeof writes): (() => void)[] {
    let told: (() => void)[] = [];
    try {
      commit(() => {
        told = calls.map(({ run }) => run());
      });
      return told;
    } catch (error) {
      return calls.map(
        ({ reject }) =>
          () =>
            reject(error),
      );
    }
  }

  function ask<Value>(enqueue: (run: Call, reject: (error: unknown) => void) => void, call: () => Value) {
    if (closed) return Promise.reject(new Error('this saga log is closed'));
    return new Promise<Value>((resolve, reject) => {
      enqueue(() => outcome(call, resolve, reject), reject);
      if (!scheduled) schedule(flush);
      scheduled = true;
    });
  }

  return {
    write: <Value>(call: () => Value) => ask((run, reject) => void writes.push({ run, reject }), call),
    read: <Value>(call: () => Value) => ask((run) => void reads.push(run), call),
    async close(): Promise<void> {
      if (closed) return;
      const flushed = ask(
        (run) => void reads.push(run),
        () => undefined,
      );
      closed = true;
      await flushed;
    },
  };
}

function outcome<Value>(
  call: () => Value,
  resolve: (value: Value) => void,
  reject: (error: unknown) => void,
): () => void {
  try {
    const value = call();
    return () => resolve(value);
  } catch (error) {
    return () => reject(error);
  }
}
