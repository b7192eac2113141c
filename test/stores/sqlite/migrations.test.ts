import Sqlite, { type Database } from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrate } from '../../../src/stores/sqlite/migrations.ts';

const AUTHORS =
  'CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO author VALUES (1, NULL);';
const NOTES =
  'CREATE TABLE note (id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES author ON DELETE CASCADE); INSERT INTO note VALUES (1, 1);';

function memory(): Database {
  const database = new Sqlite(':memory:');
  onTestFinished(() => void database.close());
  return database;
}

function version(database: Database): unknown {
  return database.pragma('user_version', { simple: true });
}

function tables(database: Database): unknown[] {
  return database.prepare('SELECT name FROM sqlite_schema ORDER BY name').pluck().all();
}

describe('migrations', () => {
  it('apply only what the file has not seen', () => {
    const database = memory();
    migrate(database, [AUTHORS], 'f');
    expect(version(database)).toBe(1);
    migrate(database, [AUTHORS, NOTES], 'f');
    migrate(database, [AUTHORS, NOTES], 'f');
    expect(version(database)).toBe(2);
    expect(tables(database)).toEqual(['author', 'note']);
  });

  it('leave the schema before the script that failed', () => {
    const database = memory();
    const broken = 'CREATE TABLE half (id INTEGER); CREATE TABLE nonsense (';
    expect(() => migrate(database, [AUTHORS, broken, NOTES], 'f')).toThrow(
      'f: migration 2 failed: incomplete input; the file keeps schema 1',
    );
    expect(version(database)).toBe(1);
    expect(tables(database)).toEqual(['author']);
    expect(database.inTransaction).toBe(false);
  });

  it('may rebuild a table that others refer to', () => {
    const database = memory();
    const rebuild = `CREATE TABLE author_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
      INSERT INTO author_new SELECT id, 'nobody' FROM author;
      DROP TABLE author; ALTER TABLE author_new RENAME TO author;`;
    migrate(database, [AUTHORS, NOTES, rebuild], 'f');
    expect(database.prepare('SELECT count(*) FROM note').pluck().get()).toBe(1);
    expect(database.pragma('foreign_keys', { simple: true })).toBe(1);
  });

  it('refuse a script that leaves broken references', () => {
    const database = memory();
    const orphan = 'DELETE FROM author';
    expect(() => migrate(database, [AUTHORS, NOTES, orphan], 'f')).toThrow(
      /^f: migration 3 leaves 1 broken references, the first in table note/,
    );
    expect(version(database)).toBe(2);
    expect(database.prepare('SELECT count(*) FROM author').pluck().get()).toBe(1);
  });
});
