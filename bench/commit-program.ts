import type { Program } from '../src/stores/sqlite/program.ts';

/** Appends a row: about what a step of a saga writes. */
export type CommitOperations = { append(text: string): number };

/** `settings` is how many milliseconds longer each commit takes, as on a slower disk. */
export const program: Program<CommitOperations> = {
  migrations: ['CREATE TABLE entry (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT'],
  create(database, { settings }) {
    const insert = database.prepare('INSERT INTO entry (text) VALUES (?)');
    const stall = createStall(Number(settings));
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
