import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { Commit } from '../../../src/stores/sqlite/database.ts';
import { openReadOnly } from '../../../src/stores/sqlite/open-file.ts';
import type { NotesOperations } from './notes-program.ts';
import { openNotes, rejection, scratchFile } from './scratch.ts';

function idsIn(file: string): unknown[] {
  const database = openReadOnly(file);
  try {
    return database.prepare('SELECT id FROM note ORDER BY id').pluck().all();
  } finally {
    database.close();
  }
}

describe.each([
  { form: 'in a thread', thread: true },
  { form: 'inline', thread: false },
])('a database $form', ({ thread }) => {
  it('answers a write once another connection can read it', async () => {
    const { notes, file } = await openNotes({ thread });

    expect(await notes.write('add', { id: 1, text: 'one' })).toEqual({ id: 1 });

    expect(idsIn(file)).toEqual([1]);
    expect(await notes.read('text', 1)).toBe('one');
  });

  it('keeps everything in memory when asked to', async () => {
    const { notes } = await openNotes({ thread, file: ':memory:' });
    await notes.write('add', { id: 1, text: '' });
    expect(await notes.read('ids')).toEqual([1]);
  });

  it('covers all writes of one turn by one commit', async () => {
    const commits: Commit[] = [];
    const { notes } = await openNotes({ thread, onCommit: (commit) => commits.push(commit) });

    await Promise.all([1, 2, 3].map((id) => notes.write('add', { id, text: '' })));

    expect(commits.map(({ operations }) => operations)).toEqual([3]);
    expect(commits[0]?.durationMs).toBeGreaterThan(0);
  });

  it('runs writes in the order they were asked for', async () => {
    const { notes } = await openNotes({ thread, maxBatch: 7 });
    const answered: number[] = [];
    const ids = Array.from({ length: 50 }, (_, index) => 50 - index);
    await Promise.all(
      ids.map((id) => notes.write('add', { id, text: '' }).then((note) => answered.push(note.id))),
    );
    expect(answered).toEqual(ids);
  });

  it('refuses only the write that throws, and hands over its name, message and code', async () => {
    const commits: Commit[] = [];
    const { notes, file } = await openNotes({ thread, onCommit: (commit) => commits.push(commit) });

    const before = notes.write('add', { id: 1, text: '' });
    const failing = notes.write('addThenThrow', { id: 2 });
    const after = notes.write('add', { id: 3, text: '' });

    const error = await rejection(failing);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'RangeError', message: 'note 2 is refused', code: 'NOTE_REFUSED' });
    expect(await Promise.all([before, after])).toEqual([{ id: 1 }, { id: 3 }]);
    expect(idsIn(file)).toEqual([1, 3]);
    expect(commits.map(({ operations }) => operations)).toEqual([2]);
  });

  it('refuses a write that throws alone, without a commit', async () => {
    const commits: Commit[] = [];
    const { notes, file } = await openNotes({ thread, onCommit: (commit) => commits.push(commit) });
    await expect(notes.write('addThenThrow', { id: 1 })).rejects.toThrow('note 1 is refused');
    expect(idsIn(file)).toEqual([]);
    expect(commits).toEqual([]);
  });

  it('enforces foreign keys', async () => {
    const { notes } = await openNotes({ thread });
    expect(await rejection(notes.write('addOrphan', 1))).toMatchObject({
      name: 'SqliteError',
      code: 'SQLITE_CONSTRAINT_FOREIGNKEY',
    });
  });

  it('keeps the write of an operation that swallowed the error of one statement', async () => {
    const { notes, file } = await openNotes({ thread });
    expect(await notes.write('addTwice', { id: 1 })).toBe('kept');
    expect(idsIn(file)).toEqual([1]);
  });

  it('acknowledges nothing of a batch whose transaction an operation ended', async () => {
    const { notes, file } = await openNotes({ thread });
    const asked = [
      notes.write('add', { id: 1, text: '' }),
      notes.write('endTransaction', 2),
      notes.write('add', { id: 3, text: '' }),
    ];
    for (const promise of asked) expect(await rejection(promise)).toMatchObject({ kind: 'storage' });
    expect(idsIn(file)).toEqual([]);
    expect(await notes.write('add', { id: 4, text: '' })).toEqual({ id: 4 });
  });

  it('refuses an asynchronous operation and undoes what it did', async () => {
    const { notes, file } = await openNotes({ thread });
    await expect(notes.write('addAsync', 1)).rejects.toThrow('must answer synchronously');
    expect(idsIn(file)).toEqual([]);
  });

  it('refuses a read that changes rows and undoes it', async () => {
    const { notes, file } = await openNotes({ thread });
    const add = { id: 1, text: '' } as Parameters<NotesOperations['add']>[0];
    await expect(notes.read('add', add)).rejects.toThrow('call write(), not read()');
    expect(idsIn(file)).toEqual([]);
  });

  it.each(['write', 'read'] as const)('refuses to %s by a name the program does not have', async (kind) => {
    const { notes } = await openNotes({ thread });
    for (const name of ['missing', 'toString', '__proto__'])
      await expect(notes[kind](name as 'ids')).rejects.toThrow(`no operation "${name}"`);
  });

  it('refuses only the write whose argument cannot be cloned', async () => {
    const { notes, file } = await openNotes({ thread });
    const good = notes.write('add', { id: 1, text: '' });
    const bad = notes.write('echo', () => 'a function');
    const last = notes.write('add', { id: 2, text: '' });
    expect(await rejection(bad)).toMatchObject({ name: 'DataCloneError' });
    await Promise.all([good, last]);
    expect(idsIn(file)).toEqual([1, 2]);
  });

  it('delivers the other answers of a batch when one answer cannot be cloned', async () => {
    const { notes } = await openNotes({ thread });
    const good = notes.write('add', { id: 1, text: '' });
    const bad = notes.write('addAndAnswerFunction', 2);
    expect(await rejection(bad)).toMatchObject({ name: 'DataCloneError' });
    expect(await good).toEqual({ id: 1 });
  });

  it('passes values by copy', async () => {
    const { notes } = await openNotes({ thread });
    const value = { big: 2n ** 60n, bytes: new Uint8Array([1, 2]), nothing: undefined, list: [null] };
    const answer = await notes.read('echo', value);
    expect(answer).toEqual(value);
    expect(answer).not.toBe(value);
  });

  it('refuses every write that a full disk hit, and goes on when there is space', async () => {
    const { notes, file } = await openNotes({ thread });
    await notes.write('add', { id: 1, text: '' });
    await notes.read('limitGrowth', 2);

    const small = notes.write('add', { id: 2, text: 'small' });
    const large = notes.write('add', { id: 3, text: 'x'.repeat(100_000) });
    for (const promise of [small, large]) {
      const error = await rejection(promise);
      expect(error).toMatchObject({ name: 'DatabaseError', kind: 'storage', code: 'SQLITE_FULL' });
      expect(String(error)).toContain(`${file}: database or disk is full`);
      expect(String(error)).toContain('free disk space');
    }
    expect(idsIn(file)).toEqual([1]);

    await notes.read('limitGrowth', 1_000);
    await notes.write('add', { id: 3, text: 'x'.repeat(100_000) });
    expect(idsIn(file)).toEqual([1, 3]);
  });

  it('refuses the writes that meet another process’s lock, and goes on when it is gone', async () => {
    const { notes, file } = await openNotes({ thread, busyTimeoutMs: 0 });
    const other = new Sqlite(file);
    other.exec('BEGIN IMMEDIATE');

    const error = await rejection(notes.write('add', { id: 1, text: '' }));
    expect(error).toMatchObject({ name: 'DatabaseError', kind: 'storage', code: 'SQLITE_BUSY' });
    expect(await notes.read('ids')).toEqual([]);

    other.exec('ROLLBACK');
    other.close();
    expect(await notes.write('add', { id: 1, text: '' })).toEqual({ id: 1 });
  });

  it('refuses the whole batch on an I/O error and goes on', async () => {
    const { notes, file } = await openNotes({ thread });
    const asked = [
      notes.write('add', { id: 1, text: '' }),
      notes.write('failLikeDisk', 'SQLITE_IOERR_FSYNC'),
    ];
    for (const promise of asked)
      expect(await rejection(promise)).toMatchObject({ kind: 'storage', code: 'SQLITE_IOERR_FSYNC' });
    await notes.write('add', { id: 2, text: '' });
    expect(idsIn(file)).toEqual([2]);
  });

  it('refuses what exceeds the queue at once, and nothing else', async () => {
    const { notes, file } = await openNotes({ thread, maxQueued: 3 });
    const asked = [1, 2, 3, 4].map((id) => notes.write('add', { id, text: '' }));
    expect(await rejection(asked.at(-1) ?? Promise.resolve())).toMatchObject({ kind: 'busy', code: 'BUSY' });
    await Promise.all(asked.slice(0, 3));
    expect(idsIn(file)).toEqual([1, 2, 3]);
  });

  it('finishes what is queued before it closes, and refuses what comes later', async () => {
    const { notes, file } = await openNotes({ thread, maxBatch: 2 });
    const asked = [1, 2, 3, 4, 5].map((id) => notes.write('add', { id, text: '' }));
    const read = notes.read('ids');

    const closing = notes.close();
    expect(notes.close()).toBe(closing);
    expect(await rejection(notes.write('add', { id: 6, text: '' }))).toMatchObject({ kind: 'closed' });
    expect(await rejection(notes.read('ids'))).toMatchObject({ kind: 'closed' });

    await Promise.all([...asked, read, closing]);
    expect(idsIn(file)).toEqual([1, 2, 3, 4, 5]);
  });

  it('shares a file with another client', async () => {
    const file = scratchFile();
    const [one, two] = await Promise.all([openNotes({ thread, file }), openNotes({ thread, file })]);
    await Promise.all([
      one.notes.write('add', { id: 1, text: '' }),
      two.notes.write('add', { id: 2, text: '' }),
    ]);
    expect(await one.notes.read('ids')).toEqual([1, 2]);
    expect(await two.notes.read('ids')).toEqual([1, 2]);
  });
});
