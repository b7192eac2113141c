import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { orderOf } from '../support/shop.ts';
import {
  copyOf,
  openShop,
  removeDirectory,
  type Story,
  storyIn,
  tamper,
  temporaryDirectory,
} from '../verify/real-shop.ts';
import { runHere } from './run-cli.ts';

const dataDir = temporaryDirectory();
let story: Story;

beforeAll(async () => {
  story = await storyIn(dataDir);
});
afterAll(() => removeDirectory(dataDir));

function withRefundTakenBack(): string {
  const copy = copyOf(dataDir);
  tamper(copy, 'payment', (database) =>
    database.prepare("UPDATE payment SET status = 'captured' WHERE order_id = ?").run(story.refunded),
  );
  return copy;
}

describe('ordersaga verify', () => {
  test('ended with 0 and a report of stock and money when the books balanced', async () => {
    const { code, stdout, stderr } = await runHere('verify', '--data-dir', dataDir);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('The books balance.');
    expect(stdout).toMatch(/prod_1 +15 = +13 +\+ 0 +\+ 2 +0/);
    expect(stdout).toMatch(/USD +[\d.]+ +- [\d.]+ +=/);
  });

  test('ended with 1 and named order and amount when they did not', async () => {
    const { code, stdout } = await runHere('verify', '--data-dir', withRefundTakenBack());
    expect(code).toBe(1);
    expect(stdout).toContain(
      `I3  order ${story.refunded}: 20.00 USD are kept, but the order is not confirmed`,
    );
    expect(stdout).toContain('The books do not balance: 1 violation.');
  });

  test('printed one line of JSON for scripts', async () => {
    const { code, stdout } = await runHere('verify', '--data-dir', withRefundTakenBack(), '--json');
    expect(code).toBe(1);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ result: 'violated', source: 'files', violation_count: 1 });
    expect(report.violations).toEqual([
      expect.objectContaining({
        invariant: 'I3',
        order_id: story.refunded,
        currency: 'USD',
        amount: '20.00',
      }),
    ]);
  });

  test('asked a gateway for the same', async () => {
    const copy = withRefundTakenBack();
    const { url, close } = await openShop(copy);
    onTestFinished(close);
    const { code, stdout } = await runHere('verify', '--url', url, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ source: 'services', violation_count: 1 });
  });

  test('asked the gateway that a flag named, whatever directory the environment names', async () => {
    vi.stubEnv('ORDERSAGA_DATA_DIR', dataDir);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { code, stderr } = await runHere('verify', '--url', 'http://127.0.0.1:1');
    expect([code, stderr]).toEqual([3, expect.stringContaining('No gateway answers')]);
    expect((await runHere('verify')).code).toBe(0);
  });

  test.each([
    ['--data-dir', dataDir, '--url', 'http://127.0.0.1:1'],
    ['--url', 'here'],
    ['--max-age', 'soon'],
    ['--frobnicate'],
  ])('ended with 2 when used wrongly: %s %s %s %s', async (...args) => {
    expect((await runHere('verify', ...args.filter((arg) => arg !== undefined))).code).toBe(2);
  });

  test('drew a bar on a terminal and took it away again', async () => {
    let drawn = '';
    const stderr = { isTTY: true, write: (text: string) => (drawn += text) };
    const code = await main(['verify', '--data-dir', dataDir], { write: () => {} }, stderr);
    expect(code).toBe(0);
    expect(drawn).toMatch(/100 % of \d+ orders checked/);
    expect(drawn.endsWith('\r\u{1b}[K')).toBe(true);
  });
});

describe('ordersaga verify ended with 3', () => {
  const refusal = async (directory: string): Promise<string> => {
    const { code, stdout, stderr } = await runHere('verify', '--data-dir', directory);
    expect(stdout).toBe('');
    expect(code).toBe(3);
    return stderr;
  };

  test('when there was nothing', async () => {
    expect(await refusal('/nowhere')).toContain('/nowhere holds no databases of ordersaga');
  });

  test('when a database was missing, and said which', async () => {
    const copy = copyOf(dataDir);
    rmSync(join(copy, 'payment.db'));
    expect(await refusal(copy)).toContain('has no payment.db');
  });

  test('when a file was no database', async () => {
    const copy = copyOf(dataDir);
    writeFileSync(join(copy, 'order.db'), 'no database at all, but long enough to be looked at'.repeat(40));
    expect(await refusal(copy)).toMatch(/order\.db.*not a database.*restore it from a backup/);
  });

  test('when a file was cut', async () => {
    const copy = copyOf(dataDir);
    const file = join(copy, 'inventory.db');
    truncateSync(file, Math.floor(readFileSync(file).length / 2 / 4096) * 4096);
    expect(await refusal(copy)).toMatch(/inventory|malformed|damaged/);
  });

  test('when a file was newer than this version', async () => {
    const copy = copyOf(dataDir);
    tamper(copy, 'saga', (database) => database.pragma('user_version = 99'));
    expect(await refusal(copy)).toMatch(/saga\.db was written by a newer ordersaga/);
  });

  test('when a file was locked by somebody else', async () => {
    const copy = copyOf(dataDir);
    const holder = new Sqlite(join(copy, 'payment.db'));
    onTestFinished(() => void holder.close());
    holder.pragma('locking_mode = EXCLUSIVE');
    holder.exec('BEGIN EXCLUSIVE');
    expect(await refusal(copy)).toMatch(/payment\.db.*locked/);
  });

  test('when no gateway answered', async () => {
    const { code, stderr } = await runHere('verify', '--url', 'http://127.0.0.1:1');
    expect(code).toBe(3);
    expect(stderr).toContain('No gateway answers at http://127.0.0.1:1');
  });
});

describe('ordersaga verify and seals', () => {
  const freeFile = (): string => {
    const directory = temporaryDirectory();
    onTestFinished(() => removeDirectory(directory));
    return join(directory, 'monday.json');
  };

  test('wrote a seal of books that balanced, once, and checked against it', async () => {
    const file = freeFile();
    const first = await runHere('verify', '--data-dir', dataDir, '--write-seal', file);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain(`Keep it where nobody who can write ${dataDir} can.`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ format: 'ordersaga-seal-1' });
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    expect(await runHere('verify', '--data-dir', dataDir, '--write-seal', file)).toEqual({
      code: 1,
      stdout: '',
      stderr: `ordersaga: ${file} is there already. Name a file that is not, with --write-seal.\n`,
    });
    const second = await runHere('verify', '--data-dir', dataDir, '--seal', file, '--json');
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout).notes).toContainEqual(
      expect.stringMatching(/sealed at 20\S+ are as they were\./),
    );
  });

  test('wrote none of books that did not balance', async () => {
    const file = freeFile();
    const { code, stdout } = await runHere(
      'verify',
      '--data-dir',
      withRefundTakenBack(),
      '--write-seal',
      file,
    );
    expect(code).toBe(1);
    expect(stdout).toContain(`${file} was not written: the books do not balance.`);
    expect(existsSync(file)).toBe(false);
  });

  test('wrote one while an order was late', async () => {
    const copy = copyOf(dataDir);
    const { shop, close } = await openShop(copy);
    onTestFinished(close);
    await shop.ask('POST', '/engine/pause', { body: { reason: 'new disks' } });
    await shop.place(orderOf('prod_1'));
    const check = (...flags: string[]) =>
      runHere('verify', '--data-dir', copy, '--max-age', '1s', '--json', ...flags);
    const result = async () => JSON.parse((await check()).stdout).result;
    await expect.poll(result, { timeout: 20_000 }).toBe('late');
    const file = freeFile();
    expect((await check('--write-seal', file)).code).toBe(1);
    expect(existsSync(file)).toBe(true);
  });

  test('said that the books balanced when the seal could not be written', async () => {
    const nowhere = join(freeFile(), 'below.json');
    const { code, stderr } = await runHere('verify', '--data-dir', dataDir, '--write-seal', nowhere);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `ordersaga: The books balance, but the seal could not be written: ENOENT: no such file or directory, open '${nowhere}'\n`,
    });
  });

  test('ended with 3 when the seal could not be read', async () => {
    const file = freeFile();
    expect(await runHere('verify', '--data-dir', dataDir, '--seal', file)).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(
        /^ordersaga: Could not check the books\. \S+monday\.json cannot be read as a seal: ENOENT/,
      ),
    });
  });

  test.each(['--seal', '--write-seal'])('refused %s for books that the gateway checks', async (flag) => {
    const { code, stderr } = await runHere('verify', '--url', 'http://127.0.0.1:1', flag, 'monday.json');
    expect(code).toBe(2);
    expect(stderr).toContain('cannot be used with');
  });
});
