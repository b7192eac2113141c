import type { Program } from '../src/stores/sqlite/program.ts';

/** Appends a row: about what a step of a saga writes. */
export type CommitOperations = { append(text: string): number };

/** `?stallMs=N` in the module's URL is the time that each commit takes longer, as on a slower disk. */
export const program: Program<CommitOperations> = {
  migrations: ['CREATE TABLE entry (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT'],
  create(database) {
    const insert = database.prepare('INSERT INTO entry (text) VALUES (?)');
    const stall = createStall(Number(new URL(import.meta.url).searchParams.get('stallMs')));
    return {
      append(text) {
        stall();
        return Number(insert.run(text).lastInsertRowid);
      },
    };
  },
};

/** Blocks once in each batch: a batch is one synchronous stretch, so a microtask is its end. */
function createStall(stallMs: number): () => void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  let stalled = stallMs === 0;
  return () => {
    if (stalled) return;
    stalled = true;
    queueMicrotask(() => {
      stalled = false;
    });
    Atomics.wait(cell, 0, 0, stallMs);
  };
}
