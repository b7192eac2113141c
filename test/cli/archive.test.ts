import { existsSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { openReadOnly } from '../../src/stores/sqlite/open-file.ts';
import { copyOf, removeDirectory, storyIn, tamper, temporaryDirectory } from '../verify/real-shop.ts';
import { runHere } from './run-cli.ts';

const dataDir = temporaryDirectory();
let finished = 0;

beforeAll(async () => {
  await storyIn(dataDir);
  finished = sagasIn(dataDir);
});
afterAll(() => removeDirectory(dataDir));

function sagasIn(directory: string, name = 'saga'): number {
  const database = openReadOnly(join(directory, `${name}.db`));
  try {
    return database.prepare<[], number>('SELECT count(*) FROM saga').pluck().get() ?? 0;
  } finally {
    database.close();
  }
}

const archive = (directory: string, ...args: string[]) =>
  runHere('archive', '--data-dir', directory, ...args);

describe('ordersaga archive', () => {
  test('moved what was older, said how much, and the books balanced after it', async () => {
    const copy = copyOf(dataDir);
    const { code, stdout, stderr } = await archive(copy, '--older-than', '0s');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`Moved ${finished} finished orders into ${join(copy, 'saga-archive.db')}.\n`);
    expect([sagasIn(copy), sagasIn(copy, 'saga-archive')]).toEqual([0, finished]);
    expect((await runHere('verify', '--data-dir', copy)).code).toBe(0);
  });

  test('left what was younger', async () => {
    const copy = copyOf(dataDir);
    const { stdout } = await archive(copy, '--older-than', '1d', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ sagas: 0, dry_run: false });
    expect(sagasIn(copy)).toBe(finished);
    expect(existsSync(join(copy, 'saga-archive.db'))).toBe(false);
  });

  test('on a dry run said what it would do, and did nothing', async () => {
    const copy = copyOf(dataDir);
    const { stdout } = await archive(copy, '--older-than', '0s', '--dry-run');
    expect(stdout).toContain(`${finished} finished orders would be moved into`);
    expect(sagasIn(copy)).toBe(finished);
    expect(existsSync(join(copy, 'saga-archive.db'))).toBe(false);
  });

  test('gave the disk back what had become free', async () => {
    const copy = copyOf(dataDir);
    const database = new Sqlite(join(copy, 'saga.db'));
    database.exec('CREATE TABLE ballast (bytes BLOB); INSERT INTO ballast VALUES (zeroblob(1000000))');
    database.exec('DROP TABLE ballast');
    database.close();
    const before = statSync(join(copy, 'saga.db')).size;
    const { stdout } = await archive(copy, '--older-than', '0s', '--vacuum', '--json');
    const freed = before - statSync(join(copy, 'saga.db')).size;
    expect(JSON.parse(stdout)).toMatchObject({ sagas: finished, freed_bytes: freed });
    expect(freed).toBeGreaterThan(900_000);
  });

  test('drew a bar on a terminal and took it away again', async () => {
    let drawn = '';
    const stderr = { isTTY: true, write: (text: string) => (drawn += text) };
    const args = ['archive', '--data-dir', copyOf(dataDir), '--older-than', '0s'];
    expect(await main(args, { write: () => {} }, stderr)).toBe(0);
    expect(drawn).toContain(`100 % of ${finished} orders moved`);
    expect(drawn.endsWith('\r\u{1b}[K')).toBe(true);
  });

  test('refused beside a running gateway, and said what to do', async () => {
    const copy = copyOf(dataDir);
    tamper(copy, 'saga', (database) =>
      database
        .prepare("INSERT INTO lease VALUES ('another', ?, ?, ?, 'held')")
        .run(process.ppid, hostname(), Date.now() + 60_000),
    );
    const { code, stderr } = await archive(copy, '--older-than', '0s');
    expect(code).toBe(1);
    expect(stderr).toContain(`A gateway (process ${process.ppid} on ${hostname()}) runs on`);
    expect(stderr).toContain('Start it with --retention, which archives while it runs, or stop it first.');
    expect(sagasIn(copy)).toBe(finished);
  });

  test('refused to take from a log that would not count it, and took nothing', async () => {
    const copy = copyOf(dataDir);
    tamper(copy, 'saga', () => {});
    const { code, stderr } = await archive(copy, '--older-than', '0s');
    expect(code).toBe(1);
    expect(stderr).toBe(
      'ordersaga: triggers of saga.db are missing, so nothing leaves it; put it back from a backup\n',
    );
    expect(sagasIn(copy)).toBe(finished);
  });

  test('refused where there was no log', async () => {
    const { code, stderr } = await archive('/nowhere', '--older-than', '0s');
    expect(code).toBe(1);
    expect(stderr).toContain('/nowhere holds no saga.db');
  });

  test.each([[[]], [['--older-than', 'long']]])('ended with 2 when used wrongly: %j', async (args) => {
    expect((await archive(dataDir, ...args)).code).toBe(2);
  });
});
