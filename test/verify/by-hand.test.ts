import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { orderOf } from '../support/shop.ts';
import { openShop, removeDirectory, temporaryDirectory } from './real-shop.ts';

const page = readFileSync(new URL('../../docs/verify.md', import.meta.url), 'utf8');
const [byHand = '', printed = '', wholeSaga = ''] = [
  ...page.slice(page.indexOf('## By hand')).matchAll(/```(?:sh)?\n(.*?)\n```/gs),
].map(([, text = '']) => text);

const hasSqliteShell = ((): boolean => {
  try {
    execFileSync('sqlite3', ['-version']);
    return true;
  } catch {
    return false;
  }
})();

const shell = (script: string, cwd?: string): string =>
  execFileSync('bash', ['-c', script], { encoding: 'utf8', ...(cwd !== undefined && { cwd }) }).trim();

test('the example of the documentation printed what it says', () => {
  expect(shell(byHand)).toBe(printed);
});

test.skipIf(!hasSqliteShell)('a real saga was recomputed by hand, without our code', async () => {
  const directory = temporaryDirectory();
  onTestFinished(() => removeDirectory(directory));
  const { shop, close } = await openShop(join(directory, 'data'));
  const { id } = await shop.place(orderOf('prod_1', { customer: "O'Hara \\ ü" }));
  await shop.ended(id);
  await close();
  const lines = shell(`saga=${id}\n${wholeSaga}`, directory).split('\n');
  expect(lines).toHaveLength(6);
  for (const line of lines) {
    const [, stored, computed] = line.split(' ');
    expect(computed).toBe(stored);
  }
});
