import type { Program } from '../src/stores/sqlite/program.ts';

/** One row of 200 bytes a write: about what a step of a saga appends. */
export type CommitOperations = { append(text: string): number };

export const program: Program<CommitOperations> = {
  migrations: ['CREATE TABLE entry (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT'],
  create(database) {
    const insert = database.prepare('INSERT INTO entry (text) VALUES (?)');
    return { append: (text) => Number(insert.run(text).lastInsertRowid) };
  },
};
