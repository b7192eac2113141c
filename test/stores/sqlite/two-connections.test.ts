import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { describe, expect, test, vi } from 'vitest';
import type { DatabaseClient } from '../../../src/stores/sqlite/database.ts';
import type { NotesOperations } from './notes-program.ts';
import { briefNotesProgram, openNotes } from './scratch.ts';

type Notes = DatabaseClient<NotesOperations>;

/** Notes whose second connection is open already. */
async function openWithSecond(): Promise<{ readonly notes: Notes; readonly file: string }> {
  const opened = await openNotes({ program: briefNotesProgram });
  await untilSecondIsOpen(opened.notes);
  return opened;
}

const untilSecondIsOpen = (notes: Notes): Promise<void> =>
  vi.waitFor(async () => expect(await notes.read('place')).toBe('event loop'), { timeout: 20_000 });

const walBytes = (file: string): number => statSync(`${file}-wal`).size;

describe('a database with a connection on the event loop', () => {
  test('ran brief operations there, others in the thread, and each saw what the other wrote', async () => {
    const { notes } = await openWithSecond();
    await notes.write('add', { id: 1, text: 'here' });
    expect(await notes.read('ids')).toEqual([1]);
    await notes.write('addTwice', { id: 2 });
    expect(await notes.read('text', 1)).toBe('here');
    expect(await notes.read('text', 2)).toBe('');
  });

  test('synced every commit there, too, waited for no lock, and left the WAL to the thread', async () => {
    const { notes } = await openWithSecond();
    const pragmas = ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout', 'wal_autocheckpoint'];
    const values: unknown[] = [];
    for (const name of pragmas) values.push(await notes.read('pragma', name));
    expect(values).toEqual(['wal', 2, 1, 0, 0]);
  });

  test('refused what an operation threw, and kept nothing of it', async () => {
    const { notes } = await openWithSecond();
    await expect(notes.write('addThenThrow', { id: 1 })).rejects.toMatchObject({ code: 'NOTE_REFUSED' });
    expect(await notes.read('ids')).toEqual([]);
  });

  test('let the thread wait for a lock that another process held, and the event loop go on', async () => {
    const { notes, file } = await openWithSecond();
    const other = new Sqlite(file);
    other.exec('BEGIN IMMEDIATE');
    let isAdded = false;
    const adding = notes.write('add', { id: 1, text: 'late' }).finally(() => {
      isAdded = true;
    });
    await sleep(50);
    expect(isAdded).toBe(false);
    other.exec('COMMIT');
    other.close();
    expect(await adding).toEqual({ id: 1 });
    expect(await notes.read('text', 1)).toBe('late');
  });

  test('went back to the thread under load, and came back after it', async () => {
    const { notes } = await openWithSecond();
    const text = 'x'.repeat(100);
    for (let round = 0; round < 300; round += 1)
      await Promise.all(
        Array.from({ length: 4 }, (_, index) => notes.write('add', { id: 1 + 4 * round + index, text })),
      );
    expect(await notes.read('place')).toBe('thread');
    // The last commit may have taken long, and only another one can say that the disk is quick again.
    let id = 10_000;
    const isNear = async (): Promise<void> => {
      id += 1;
      await notes.write('add', { id, text });
      expect(await notes.read('place')).toBe('event loop');
    };
    await vi.waitFor(isNear, { timeout: 20_000, interval: 100 });
  });

  test('kept the WAL short, and emptied it once nothing was written', async () => {
    const { notes, file } = await openWithSecond();
    const text = 'x'.repeat(40_000);
    for (let id = 1; id <= 300; id += 1) {
      await notes.write('add', { id, text });
      await sleep(4);
    }
    // 13 MB went through it; a hundred commits on the event loop may come between two that copy it back at 4 MiB.
    expect(walBytes(file)).toBeLessThan(10 * 1024 * 1024);
    await vi.waitFor(() => expect(walBytes(file)).toBe(0), { timeout: 20_000, interval: 100 });
    expect(await notes.read('ids')).toHaveLength(300);
  });
});
