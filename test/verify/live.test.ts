import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { verifyThroughGateway } from '../../src/cli/verify-through-gateway.ts';
import type { NewOrder } from '../../src/contract/orders.ts';
import { CannotCheck } from '../../src/verify/cannot-check.ts';
import { verifyFiles } from '../../src/verify/files/verify-files.ts';
import { startLoad } from '../support/load.ts';
import { orderOf } from '../support/shop.ts';
import { openShop, type RealShop, removeDirectory, temporaryDirectory } from './real-shop.ts';

async function openBusyShop(): Promise<RealShop & { readonly dataDir: string }> {
  const dataDir = temporaryDirectory();
  const opened = await openShop(dataDir);
  onTestFinished(async () => {
    await opened.close();
    removeDirectory(dataDir);
  });
  await opened.shop.setStock('prod_1', 100_000);
  return { ...opened, dataDir };
}

/** Confirmed, declined, out of stock and in doubt in turn. */
function someOrder(number: number): NewOrder {
  const kind = number % 8;
  if (kind === 3) return orderOf('prod_1', { price: 501 });
  if (kind === 5) return orderOf('prod_3');
  if (kind === 7) return orderOf('prod_1', { customer: 'test_lost_reply' });
  return orderOf('prod_1', { quantity: 1 + (number % 3), price: 10 });
}

const startCustomers = ({ shop }: RealShop, orders: number) =>
  startLoad({ system: { up: async () => {} }, shop, clients: 6, order: someOrder, orders });

/** Runs checks one after the other for as long as something is under way, and two more. */
async function whileBusy(busy: Promise<void>, check: (round: number) => Promise<void>): Promise<void> {
  let isBusy = true;
  const over = busy.then(() => {
    isBusy = false;
  });
  for (let [round, after] = [0, 0]; after < 2; round += 1) {
    if (!isBusy) after += 1;
    await check(round);
    // The customers share this thread.
    await nextTurn();
  }
  await over;
}

describe('while customers order', () => {
  test('no check of the files ever raised a false alarm', async () => {
    const real = await openBusyShop();
    const load = startCustomers(real, 200);
    let underWay = 0;
    await whileBusy(load.done, async (round) => {
      const threads = round % 5 === 4 ? 2 : 0;
      const report = await verifyFiles({ dataDir: real.dataDir, nowMs: Date.now(), threads });
      expect(report.violations).toEqual([]);
      underWay += report.orders.unfinished;
    });
    expect(underWay).toBeGreaterThan(0);
    expect(load.surprises).toEqual([]);
  });

  test('no check through the services ever raised a false alarm', async () => {
    const real = await openBusyShop();
    const load = startCustomers(real, 120);
    await whileBusy(load.done, async () => {
      const report = await verifyThroughGateway({ url: real.url, onProgress: () => {} });
      expect(report.violations).toEqual([]);
    });
  });

  test('a copy made file by file balanced, or it was said why it could not be checked', async () => {
    const real = await openBusyShop();
    const load = startCustomers(real, 120);
    await load.more(20);
    const results: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const copy = temporaryDirectory();
      onTestFinished(() => removeDirectory(copy));
      // In the order of their names, as cp does it: the saga log comes last.
      for (const name of readdirSync(real.dataDir).toSorted())
        execFileSync('cp', [join(real.dataDir, name), copy]);
      // Long after, when no lease runs any more.
      const nowMs = Date.now() + 3_600_000;
      results.push(
        await verifyFiles({ dataDir: copy, nowMs }).then(
          ({ result, violations }) => `${result} ${violations.map(({ message }) => message).join('; ')}`,
          (error: unknown) => {
            if (error instanceof CannotCheck) return error.message;
            throw error;
          },
        ),
      );
      await load.more(5);
    }
    await load.stop();
    for (const result of results) expect(result).toMatch(/^balanced|were copied while the system ran/);
  });

  test('a copy with the saga log first balanced', async () => {
    const real = await openBusyShop();
    await real.shop.ended((await real.shop.place(someOrder(0))).id);
    const copy = temporaryDirectory();
    onTestFinished(() => removeDirectory(copy));
    for (const name of ['saga.db', 'saga.db-wal']) execFileSync('cp', [join(real.dataDir, name), copy]);
    await real.shop.ended((await real.shop.place(someOrder(1))).id);
    for (const name of ['order', 'inventory', 'payment'])
      for (const suffix of ['', '-wal'])
        execFileSync('cp', [join(real.dataDir, `${name}.db${suffix}`), copy]);
    const report = await verifyFiles({ dataDir: copy, nowMs: Date.now() + 3_600_000 });
    expect(report.violations).toEqual([]);
    expect(report.notes.join()).toContain('1 order was accepted after the saga log was read');
  });
});

describe('files of a shop that was closed with an order under way', () => {
  test('counted its age up to the last sign of life, and said that nobody goes on with it', async () => {
    const dataDir = temporaryDirectory();
    onTestFinished(() => removeDirectory(dataDir));
    const { shop, close } = await openShop(dataDir);
    await shop.place(orderOf('prod_1', { customer: 'test_timeout' }));
    await close();
    const nextWeekMs = Date.now() + 7 * 86_400_000;
    const report = await verifyFiles({ dataDir, nowMs: nextWeekMs });
    expect(report).toMatchObject({ result: 'balanced', orders: { unfinished: 1 } });
    expect(report.oldest_unfinished_s).toBeLessThan(600);
    expect(report.notes).toEqual([expect.stringContaining('No gateway runs on these files')]);
  });
});
