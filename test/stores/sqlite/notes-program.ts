import { isMainThread } from 'node:worker_threads';
import type { Database, Program } from '../../../src/stores/sqlite/program.ts';

/** A program small enough to show every way a write can end. Used by the tests of the SQLite kit only. */
export type NotesOperations = {
  add(note: { readonly id: number; readonly text: string }): { readonly id: number };
  /** Adds the note, then throws. */
  addThenThrow(note: { readonly id: number }): never;
  /** Adds the note, then swallows the constraint error of adding it again. */
  addTwice(note: { readonly id: number }): 'kept';
  /** Adds a note whose author is missing: the foreign key refuses it. */
  addOrphan(id: number): void;
  /** Throws what SQLite throws when the disk fails. */
  failLikeDisk(code: string): never;
  /** Ends the transaction it runs in, as SQLite itself does on some faults. */
  endTransaction(id: number): void;
  /** Adds the note and answers with something that cannot be cloned. */
  addAndAnswerFunction(id: number): () => void;
  addAsync(id: number): Promise<void>;
  ids(): number[];
  text(id: number): string | undefined;
  pragma(name: string): unknown;
  /** Lets the file grow by `pages` from here; more is SQLITE_FULL. */
  limitGrowth(pages: number): void;
  echo(value: unknown): unknown;
  /** Where an operation runs that its program calls brief. */
  place(): 'event loop' | 'thread';
  exitThread(): void;
  throwOutside(): void;
};

export const program: Program<NotesOperations> = {
  migrations: [
    'CREATE TABLE author (id INTEGER PRIMARY KEY) STRICT; INSERT INTO author VALUES (1);',
    `CREATE TABLE note (
       id INTEGER PRIMARY KEY,
       author_id INTEGER NOT NULL REFERENCES author,
       text TEXT NOT NULL
     ) STRICT;`,
  ],
  create: (database) => ({ ...writes(database), ...reads(database) }),
};

function writes(database: Database) {
  const insert = database.prepare('INSERT INTO note VALUES (?, ?, ?)');
  const add = (id: number, text = '', author = 1) => void insert.run(id, author, text);
  return {
    add({ id, text }: { readonly id: number; readonly text: string }) {
      add(id, text);
      return { id };
    },
    addThenThrow({ id }: { readonly id: number }): never {
      add(id);
      throw Object.assign(new RangeError(`note ${id} is refused`), { code: 'NOTE_REFUSED' });
    },
    addTwice({ id }: { readonly id: number }): 'kept' {
      add(id);
      try {
        add(id);
      } catch {
        // A statement that fails undoes itself only.
      }
      return 'kept';
    },
    addOrphan: (id: number) => add(id, '', 404),
    failLikeDisk(code: string): never {
      throw Object.assign(new Error('made up by a test'), { code });
    },
    endTransaction(id: number) {
      add(id);
      database.prepare('ROLLBACK').run();
    },
    addAndAnswerFunction(id: number) {
      add(id);
      return () => undefined;
    },
    async addAsync(id: number) {
      add(id);
    },
  };
}

function reads(database: Database) {
  const pragma = (text: string) => database.prepare(`PRAGMA ${text}`).pluck().get();
  const ids = database.prepare<[], number>('SELECT id FROM note ORDER BY id').pluck();
  const text = database.prepare<[number], string>('SELECT text FROM note WHERE id = ?').pluck();
  return {
    ids: () => ids.all(),
    text: (id: number) => text.get(id),
    pragma,
    limitGrowth(pages: number) {
      const count = Number(pragma('page_count'));
      pragma(`max_page_count = ${count + pages}`);
    },
    echo: (value: unknown) => value,
    place: () => (isMainThread ? ('event loop' as const) : ('thread' as const)),
    exitThread: () => process.exit(3),
    throwOutside: () => {
      setImmediate(() => {
        throw new Error('thrown outside any operation');
      });
    },
  };
}
