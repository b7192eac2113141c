import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openReadOnly } from '../../src/stores/sqlite/open-file.ts';
import { verifyFiles } from '../../src/verify/files/verify-files.ts';
import { startLoad } from '../support/load.ts';
import { createShop, orderOf } from '../support/shop.ts';
import { startSystem } from '../support/system.ts';

const kills = 6;

function sagasIn(file: string): number {
  if (!existsSync(file)) return 0;
  const database = openReadOnly(file);
  try {
    const isThere = "SELECT count(*) FROM sqlite_schema WHERE name = 'saga'";
    if (database.prepare(isThere).pluck().get() === 0) return 0;
    return Number(database.prepare('SELECT count(*) FROM saga').pluck().get());
  } finally {
    database.close();
  }
}

test('a system that archived and was killed again and again lost no order and answered for each', {
  timeout: 120_000,
}, async () => {
  const system = await startSystem({ args: ['--retention', '1s', '--verify-interval', '1s'] });
  onTestFinished(() => system.remove());
  const shop = createShop(system.url);
  await shop.setStock('prod_1', 100_000);
  const order = (number: number) => orderOf('prod_1', { price: number % 3 === 2 ? 600 : 20 });
  const load = startLoad({ system, shop, clients: 4, order });
  const files = ['saga.db', 'saga-archive.db'].map((name) => join(system.dataDir, name));
  let archived = 0;
  for (let round = 0; round < kills; round += 1) {
    // A pass is under way when it has moved something since the last look.
    while (sagasIn(files[1] ?? '') <= archived) await sleep(5);
    archived = sagasIn(files[1] ?? '');
    await system.kill();
    const report = await verifyFiles({ dataDir: system.dataDir, nowMs: Date.now() });
    expect(report.violations, `after kill ${round + 1}`).toEqual([]);
    await system.start();
  }
  await load.stop();
  expect(load.surprises).toEqual([]);
  await vi.waitFor(() => expect(sagasIn(files[0] ?? '')).toBe(0), { timeout: 60_000, interval: 200 });
  const ids = load.acknowledged.map(({ orderId }) => orderId);
  expect(sagasIn(files[1] ?? '')).toBe(new Set(ids).size);
  for (const id of ids) {
    expect((await shop.getOrder(id)).status).toMatch(/^(CONFIRMED|CANCELLED)$/);
    expect(await shop.ask('GET', `/sagas/${id}`)).toMatchObject({ status: 200 });
  }
  const report = await verifyFiles({ dataDir: system.dataDir, nowMs: Date.now() });
  expect(report).toMatchObject({ result: 'balanced', orders: { accepted: new Set(ids).size } });
});
