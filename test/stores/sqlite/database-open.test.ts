import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openReadOnly } from '../../../src/stores/sqlite/open-file.ts';
import { describeWithMount, makeReadOnly, mountTmpfs, unmount } from '../../support/mount.ts';
import { openNotes, rejection, scratchFile } from './scratch.ts';

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe.each([
  { form: 'in a thread', thread: true },
  { form: 'inline', thread: false },
])('opening a database $form', ({ thread }) => {
  it('syncs every commit and keeps the WAL bounded', async () => {
    const { notes } = await openNotes({ thread });
    const pragmas = ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout', 'wal_autocheckpoint'];
    const values = await Promise.all(pragmas.map((name) => notes.read('pragma', name)));
    expect(values).toEqual(['wal', 2, 1, 5_000, 1_000]);
    expect(await notes.read('pragma', 'journal_size_limit')).toBe(64 * 1024 * 1024);
  });

  it('creates the file and its directory for their owner only', async () => {
    const file = join(dirname(scratchFile()), 'data', 'deep', 'notes.db');
    const { notes } = await openNotes({ thread, file });
    await notes.write('add', { id: 1, text: '' });
    expect([file, `${file}-wal`, `${file}-shm`].map(modeOf)).toEqual(['600', '600', '600']);
    expect(modeOf(dirname(file))).toBe('700');
  });

  it.skipIf(process.platform !== 'linux')('says so where nobody can create a directory', async () => {
    const error = await rejection(openNotes({ thread, file: '/proc/data/deep/notes.db' }));
    expect(String(error)).toMatch(
      /\/proc\/data\/deep\/notes\.db: cannot open: ENOENT: .*'\/proc\/data'; check that it exists/,
    );
  });

  it('finds what an earlier client wrote', async () => {
    const { notes, file } = await openNotes({ thread });
    await notes.write('add', { id: 1, text: 'kept' });
    await notes.close();
    const again = await openNotes({ thread, file });
    expect(await again.notes.read('text', 1)).toBe('kept');
  });

  it('records the schema version', async () => {
    const { notes } = await openNotes({ thread });
    expect(await notes.read('pragma', 'user_version')).toBe(2);
  });

  it('refuses a file that a newer version wrote', async () => {
    const file = scratchFile();
    const newer = new Sqlite(file);
    newer.pragma('user_version = 3');
    newer.close();
    const error = await rejection(openNotes({ thread, file }));
    expect(error).toMatchObject({ name: 'DatabaseError', kind: 'unusable' });
    expect(String(error)).toContain(`${file}: schema 3 was written by a newer ordersaga`);
    expect(String(error)).toContain('upgrade');
  });

  it('refuses a file that is no database', async () => {
    const file = scratchFile();
    writeFileSync(file, 'not a database, and longer than a header'.repeat(10));
    const error = await rejection(openNotes({ thread, file }));
    expect(error).toMatchObject({ kind: 'unusable', code: 'SQLITE_NOTADB' });
    expect(String(error)).toContain(`${file}: cannot open: file is not a database`);
  });

  it('refuses a directory in the place of the file', async () => {
    const file = scratchFile();
    mkdirSync(file);
    const error = await rejection(openNotes({ thread, file }));
    expect(error).toMatchObject({ kind: 'unusable', code: 'SQLITE_CANTOPEN' });
    expect(String(error)).toMatch(/; this is a directory, name a file or move it away$/);
  });

  it('refuses a file in the place of a directory', async () => {
    const place = scratchFile();
    writeFileSync(place, '');
    for (const file of [join(place, 'notes.db'), join(place, 'deep', 'notes.db')])
      expect(String(await rejection(openNotes({ thread, file })))).toContain(`${place} is no directory`);
  });

  it.each([
    ['has no program', './scratch-empty.ts'],
    ['does not exist', './missing-program.ts'],
  ])('refuses a module that %s', async (_, name) => {
    const program = name.includes('empty')
      ? new URL('data:text/javascript,export const other = 1')
      : new URL(name, import.meta.url);
    expect(await rejection(openNotes({ thread, program }))).toMatchObject({ kind: 'unusable' });
  });
});

describe('opening read-only', () => {
  it('follows a database that is being written and cannot change it', async () => {
    const { notes, file } = await openNotes();
    const reader = openReadOnly(file);
    const count = reader.prepare('SELECT count(*) FROM note').pluck();
    expect(count.get()).toBe(0);
    await notes.write('add', { id: 1, text: '' });
    expect(count.get()).toBe(1);
    expect(() => reader.exec('DELETE FROM note')).toThrow('readonly');
    reader.close();
  });

  it('says which file is missing', () => {
    const file = join(dirname(scratchFile()), 'nowhere', 'notes.db');
    expect(() => openReadOnly(file)).toThrow(`${file}: no such file`);
  });

  it('refuses a file that is no database', () => {
    const file = scratchFile();
    writeFileSync(file, 'x'.repeat(4096));
    expect(() => openReadOnly(file)).toThrow('file is not a database');
  });

  it('says that a directory is one', () => {
    const file = scratchFile();
    mkdirSync(file);
    expect(() => openReadOnly(file)).toThrow(/; this is a directory, name a file or move it away$/);
  });
});

describeWithMount('a read-only file system', () => {
  it('is named as the reason, with what to do', async () => {
    const file = scratchFile();
    const folder = dirname(file);
    mountTmpfs(folder, 2);
    try {
      const { notes } = await openNotes({ file });
      await notes.close();
      makeReadOnly(folder);
      const reason =
        `SQLite has to write beside the file, and nothing can be written in ${folder}: ` +
        'make it writable, or copy its files to a directory that is';
      expect(() => openReadOnly(file)).toThrow(reason);
      expect(String(await rejection(openNotes({ file })))).toContain(reason);
      for (const name of ['new.db', 'new/deep/new.db'])
        expect(String(await rejection(openNotes({ file: join(folder, name) })))).toContain(reason);
    } finally {
      unmount(folder);
    }
  });
});
