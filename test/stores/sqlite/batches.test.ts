import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BatchOptions, createBatches } from '../../../src/stores/sqlite/batches.ts';
import type { Call, CallResult } from '../../../src/stores/sqlite/executor.ts';

/** A connection whose batches end when the test says so. */
function heldConnection() {
  const batches: { names: string[]; answer(): void; fail(error: Error): void }[] = [];
  const run = (calls: readonly Call[]): Promise<readonly CallResult[]> =>
    new Promise((resolve, reject) => {
      const names = calls.map(({ name }) => name);
      batches.push({
        names,
        answer: () => resolve(names.map((value) => ({ ok: true, value }))),
        fail: reject,
      });
    });
  return { run, batches };
}

function setUp(options: Partial<BatchOptions> = {}) {
  const connection = heldConnection();
  const flushes: (() => void)[] = [];
  const batches = createBatches({
    run: connection.run,
    file: 'f',
    maxBatch: 3,
    maxQueued: 10,
    schedule: (flush) => void flushes.push(flush),
    ...options,
  });
  const add = (name: string): Promise<unknown> => batches.add({ name, argument: undefined });
  const flush = (): void => {
    for (const one of flushes.splice(0)) one();
  };
  return { ...connection, idle: batches.idle, add, flush, flushes };
}

/** Lets every promise that is ready run on. */
const settled = (): Promise<void> =>
  new Promise((resolve) => process.nextTick(() => queueMicrotask(resolve)));

afterEach(() => {
  vi.useRealTimers();
});

describe('batches', () => {
  it('gather while one is under way', async () => {
    const { add, flush, batches } = setUp();
    const first = add('a');
    flush();
    const later = [add('b'), add('c')];
    flush();
    expect(batches.map(({ names }) => names)).toEqual([['a']]);

    batches[0]?.answer();
    expect(await first).toBe('a');
    await settled();
    flush();
    expect(batches[1]?.names).toEqual(['b', 'c']);
    batches[1]?.answer();
    expect(await Promise.all(later)).toEqual(['b', 'c']);
  });

  it('take in what the callers of the last one ask for next', async () => {
    const { add, flush, batches } = setUp();
    const first = add('a').then(() => add('c'));
    flush();
    void add('b');
    batches[0]?.answer();
    await settled();
    flush();
    expect(batches[1]?.names).toEqual(['b', 'c']);
    batches[1]?.answer();
    await first;
  });

  it('are cut at the largest size', async () => {
    const { add, flush, batches } = setUp();
    const asked = ['a', 'b', 'c', 'd'].map(add);
    flush();
    expect(batches[0]?.names).toEqual(['a', 'b', 'c']);
    batches[0]?.answer();
    await settled();
    flush();
    expect(batches[1]?.names).toEqual(['d']);
    batches[1]?.answer();
    await Promise.all(asked);
  });

  it('refuse what the queue does not hold, and take more when it has drained', async () => {
    const { add, flush, batches } = setUp({ maxQueued: 2 });
    const asked = [add('a'), add('b')];
    await expect(add('c')).rejects.toMatchObject({
      kind: 'busy',
      message: expect.stringContaining('f: 2 calls'),
    });
    flush();
    const last = add('d');
    batches[0]?.answer();
    await Promise.all(asked);
    flush();
    batches[1]?.answer();
    expect(await last).toBe('d');
  });

  it('reject together when the connection is lost, and the next is tried', async () => {
    const { add, flush, batches } = setUp();
    const asked = [add('a'), add('b')];
    flush();
    batches[0]?.fail(new Error('lost'));
    for (const promise of asked) await expect(promise).rejects.toThrow('lost');
    const next = add('c');
    flush();
    batches[1]?.answer();
    expect(await next).toBe('c');
  });

  it('are idle only when nothing is queued and nothing runs', async () => {
    const { add, idle, flush, batches } = setUp({ maxBatch: 1 });
    await idle();
    const asked = [add('a'), add('b')];
    let isIdle = false;
    const waiting = idle().then(() => {
      isIdle = true;
    });
    flush();
    batches[0]?.answer();
    await settled();
    expect(isIdle).toBe(false);
    flush();
    batches[1]?.answer();
    await Promise.all([waiting, ...asked]);
  });
});
