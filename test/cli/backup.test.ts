import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  copyOf,
  openShop,
  removeDirectory,
  tamper,
  tellStory,
  temporaryDirectory,
} from '../verify/real-shop.ts';
import { runHere, startCli } from './run-cli.ts';

const dataDir = temporaryDirectory();

beforeAll(async () => {
  const { shop, close } = await openShop(dataDir);
  try {
    await tellStory(shop);
  } finally {
    await close();
  }
});
afterAll(() => removeDirectory(dataDir));

/** A path where nothing is yet. */
function freePath(): string {
  const parent = temporaryDirectory();
  onTestFinished(() => removeDirectory(parent));
  return join(parent, 'new', 'monday');
}

const backUp = (directory: string, to: string, ...args: string[]) =>
  runHere('backup', '--data-dir', directory, '--to', to, ...args);

const fourFiles = ['inventory.db', 'order.db', 'payment.db', 'saga.db'];
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('ordersaga backup', () => {
  test('copied every database, for the eyes of its user alone, and the copy balanced', async () => {
    const to = freePath();
    const { code, stdout, stderr } = await backUp(dataDir, to);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /monday holds saga\.db, order\.db, inventory\.db, payment\.db as of 20\S+Z \(\S+ MiB\)\.\n/,
    );
    expect(stdout).toContain(`Check it: ordersaga verify --data-dir ${to}\n`);
    expect(readdirSync(to).sort()).toEqual(fourFiles);
    expect([to, join(to, 'saga.db'), join(to, 'payment.db')].map(modeOf)).toEqual(['700', '600', '600']);
    expect((await runHere('verify', '--data-dir', to)).code).toBe(0);
    expect(existsSync(`${to}.partial`)).toBe(false);
  });

  test('took the archive with it', async () => {
    const copy = copyOf(dataDir);
    await runHere('archive', '--data-dir', copy, '--older-than', '0s');
    const to = freePath();
    const { stdout } = await backUp(copy, to, '--json');
    const { files, taken_at, directory } = JSON.parse(stdout);
    expect({ directory, takenAt: new Date(taken_at).toISOString() }).toEqual({
      directory: to,
      takenAt: taken_at,
    });
    expect(files).toContainEqual({
      name: 'saga-archive.db',
      bytes: statSync(join(to, 'saga-archive.db')).size,
    });
    expect((await runHere('verify', '--data-dir', to)).code).toBe(0);
  });

  test('copied what a participant keeps in a directory of its own', async () => {
    const own = temporaryDirectory();
    onTestFinished(() => removeDirectory(own));
    const other = await openShop(own);
    await other.close();
    for (const name of ['saga', 'order', 'payment']) removeDirectory(join(own, `${name}.db`));
    const to = freePath();
    const { stdout } = await backUp(own, to);
    expect(stdout).toMatch(/monday holds inventory\.db as of [^\n]*\n$/);
    expect(readdirSync(to)).toEqual(['inventory.db']);
  });

  test('filled a directory that was empty', async () => {
    const to = freePath();
    mkdirSync(to, { recursive: true });
    expect((await backUp(dataDir, to)).code).toBe(0);
    expect(readdirSync(to).sort()).toEqual(fourFiles);
  });

  test('refused a directory that holds anything, and left it alone', async () => {
    const to = freePath();
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, 'notes.txt'), 'mine');
    expect(await backUp(dataDir, to)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `ordersaga: ${to} is there already. Name a directory that is not, with --to.\n`,
    });
    expect(readdirSync(to)).toEqual(['notes.txt']);
  });

  test('left alone what another backup is writing', async () => {
    const to = freePath();
    mkdirSync(`${to}.partial`, { recursive: true });
    const { code, stderr } = await backUp(dataDir, to);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `ordersaga: ${to}.partial is there: another backup is writing it or was killed. Remove it if none is under way.\n`,
    });
    expect([existsSync(to), existsSync(`${to}.partial`)]).toEqual([false, true]);
  });

  test('said what to do where there are no databases', async () => {
    const empty = freePath();
    const { code, stderr } = await backUp(empty, freePath());
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `ordersaga: ${empty} holds no databases of ordersaga. Name the directory that "ordersaga start" was given, with --data-dir.\n`,
    });
  });

  test('left nothing behind when a database could not be read', async () => {
    const copy = copyOf(dataDir);
    tamper(copy, 'order', (database) => database.pragma('journal_mode = DELETE'));
    writeFileSync(join(copy, 'order.db'), 'x'.repeat(8_192));
    const to = freePath();
    const { code, stderr } = await backUp(copy, to);
    expect(code).toBe(1);
    expect(stderr).toMatch(/order\.db.*not a database.*restore it from a backup/);
    expect([existsSync(to), existsSync(`${to}.partial`)]).toEqual([false, false]);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('that %s ended left nothing behind', async (signal, code) => {
    const copy = copyOf(dataDir);
    tamper(copy, 'payment', (database) => {
      database.exec('CREATE TABLE ballast (bytes BLOB); INSERT INTO ballast VALUES (zeroblob(300000000))');
    });
    const to = freePath();
    const { child, ended } = startCli(['backup', '--data-dir', copy, '--to', to]);
    await vi.waitUntil(() => existsSync(join(`${to}.partial`, 'payment.db')), {
      interval: 2,
      timeout: 20_000,
    });
    child.kill(signal);
    expect(await ended).toEqual({ code, stdout: '', stderr: 'Interrupted. There is no backup.\n' });
    expect([existsSync(to), existsSync(`${to}.partial`)]).toEqual([false, false]);
  });
});
