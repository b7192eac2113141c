import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openReadOnly } from '../../src/stores/sqlite/open-file.ts';
import { verifyFiles } from '../../src/verify/files/verify-files.ts';
import { runCli } from '../cli/run-cli.ts';
import { problemsIn } from '../support/books.ts';
import { startLoad } from '../support/load.ts';
import { createShop, orderOf } from '../support/shop.ts';
import { type Form, forms, startSystem } from '../support/system.ts';

const backups = 2;

function columnOf(file: string, sql: string): ReadonlySet<string> {
  const database = openReadOnly(file);
  try {
    return new Set(database.prepare<[], string>(sql).pluck().all());
  } finally {
    database.close();
  }
}

/** What a participant did for sagas that the log of the same directory does not know. */
function strays(dataDir: string): readonly string[] {
  const known = columnOf(join(dataDir, 'saga.db'), 'SELECT id FROM saga');
  return ['order', 'inventory', 'payment'].flatMap((name) =>
    [...columnOf(join(dataDir, `${name}.db`), 'SELECT DISTINCT saga_id FROM barrier')]
      .filter((id) => !known.has(id))
      .map((id) => `${name}: ${id}`),
  );
}

async function goesOn(dataDir: string, form: Form): Promise<void> {
  const restored = await startSystem({ dataDir, form });
  try {
    await vi.waitFor(async () => expect(await problemsIn(dataDir)).toEqual([]), {
      timeout: 60_000,
      interval: 200,
    });
  } finally {
    await restored.remove();
  }
}

test.each(forms)(
  'a backup of a system under load, %s, is of one moment and can be started',
  {
    timeout: 180_000,
  },
  async (form) => {
    const system = await startSystem({ form });
    onTestFinished(() => system.remove());
    const parent = mkdtempSync(join(tmpdir(), 'ordersaga-backup-'));
    onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
    const shop = createShop(system.url);
    await shop.setStock('prod_1', 100_000);
    const order = (number: number) => orderOf('prod_1', { price: number % 3 === 2 ? 600 : 20 });
    const load = startLoad({ system, shop, clients: 16, order });
    let unfinished = 0;
    for (let round = 0; round < backups; round += 1) {
      await load.more(50);
      const before = [...load.acknowledged];
      const copy = join(parent, `${round}`);
      const { code, stderr } = await runCli(['backup', '--data-dir', system.dataDir, '--to', copy]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const report = await verifyFiles({ dataDir: copy, nowMs: Date.now() });
      expect(report.violations, `backup ${round}`).toEqual([]);
      unfinished += report.orders.unfinished;
      expect(strays(copy), `backup ${round}`).toEqual([]);
      const kept = columnOf(join(copy, 'saga.db'), 'SELECT id FROM saga');
      expect(before.filter(({ orderId }) => !kept.has(orderId))).toEqual([]);
    }
    await load.stop();
    expect(load.surprises).toEqual([]);
    // Otherwise nothing was under way and the test has not seen what it is about.
    expect(unfinished).toBeGreaterThan(0);
    await system.kill();
    for (let round = 0; round < backups; round += 1) await goesOn(join(parent, `${round}`), form);
  },
);
