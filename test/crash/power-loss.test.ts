import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../src/seeded-random.ts';
import { openReadOnly } from '../../src/stores/sqlite/open-file.ts';
import { verifyFiles } from '../../src/verify/files/verify-files.ts';
import { problemsIn } from '../support/books.ts';
import { describeWith } from '../support/installed.ts';
import { type Load, startLoad } from '../support/load.ts';
import { createShop, orderOf } from '../support/shop.ts';
import { startSystem } from '../support/system.ts';
import { type DiskEvent, eventsOf, straceArgs } from './disk-trace.ts';
import { createPowerCutDisk } from './power-cut-disk.ts';

const startTimeoutMs = 120_000;

/** The order that a 201 acknowledges. */
const acknowledgedIn = (event: DiskEvent): string | undefined =>
  event.kind === 'sent'
    ? /^HTTP\/1\.1 201 .*?\r\nlocation: \/orders\/([\da-f-]{36})\r\n/is.exec(event.text)?.[1]
    : undefined;

function sagaIn(directory: string, id: string): unknown {
  const database = openReadOnly(join(directory, 'saga.db'));
  try {
    return database
      .prepare('SELECT saga.id, key FROM saga JOIN idempotency ON saga_id = saga.id WHERE saga.id = ?')
      .get(id);
  } finally {
    database.close();
  }
}

describeWith('strace', 'a power cut', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ordersaga-power-'));
  let events: readonly DiskEvent[] = [];
  let load: Load | undefined;

  // One run under strace; every fact looks at what it saw.
  beforeAll(async () => {
    const trace = join(folder, 'trace');
    const system = await startSystem({ under: ['strace', ...straceArgs, trace] });
    try {
      const shop = createShop(system.url);
      const order = (number: number) =>
        orderOf(number % 5 === 4 ? 'prod_3' : 'prod_1', { price: number % 5 === 3 ? 600 : 20 });
      load = startLoad({ system, shop, clients: 4, orders: 24, order });
      await load.done;
      for (const { orderId } of load.acknowledged.slice(0, 12)) await shop.ended(orderId);
    } finally {
      await system.remove();
    }
    events = [...eventsOf(readFileSync(trace, 'latin1'))];
  }, startTimeoutMs);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('right before any 201 was sent would have left its order and its key on the disk', () => {
    const disk = createPowerCutDisk();
    const seen: string[] = [];
    for (const event of events) {
      const id = acknowledgedIn(event);
      if (id !== undefined) {
        const directory = join(folder, 'before-201');
        disk.cut(directory, () => 0);
        expect(sagaIn(directory, id), `order ${id}`).toMatchObject({ id });
        rmSync(directory, { recursive: true });
        seen.push(id);
      }
      disk.apply(event);
    }
    expect(seen.sort()).toEqual(load?.acknowledged.map(({ orderId }) => orderId).sort());
  });

  it('at any moment left books that balance, whatever became of the writes that were not synced', async () => {
    const random = createRandom(1);
    const disk = createPowerCutDisk();
    const acknowledged: string[] = [];
    const survival = [() => 0, () => 1, () => Math.round(random()), random];
    for (const [number, event] of events.entries()) {
      disk.apply(event);
      acknowledged.push(...[acknowledgedIn(event)].filter((id) => id !== undefined));
      if (acknowledged.length === 0 || random() > 60 / events.length) continue;
      const directory = join(folder, `cut-${number}`);
      disk.cut(directory, survival[number % survival.length] ?? random);
      const report = await verifyFiles({ dataDir: directory, nowMs: Date.now(), threads: 0 });
      expect(report.violations, `cut after event ${number}`).toEqual([]);
      for (const id of acknowledged) expect(sagaIn(directory, id), `order ${id}`).toMatchObject({ id });
      rmSync(directory, { recursive: true });
    }
  });

  it('in the middle of the load was followed by a start that ended every acknowledged order', {
    timeout: startTimeoutMs,
  }, async () => {
    const disk = createPowerCutDisk();
    const acknowledged: { orderId: string }[] = [];
    for (const event of events) {
      disk.apply(event);
      const orderId = acknowledgedIn(event);
      if (orderId !== undefined) acknowledged.push({ orderId });
      if (acknowledged.length === 10) break;
    }
    const dataDir = join(folder, 'restarted');
    disk.cut(dataDir, createRandom(2));
    const system = await startSystem({ dataDir });
    try {
      const shop = createShop(system.url);
      for (const { orderId } of acknowledged)
        expect((await shop.ended(orderId)).status).toMatch(/^(CONFIRMED|CANCELLED)$/);
      for (const { id } of (await shop.listSagas({ limit: 100 })).sagas) await shop.ended(id);
      expect(await problemsIn(dataDir, acknowledged)).toEqual([]);
    } finally {
      await system.remove();
    }
  });
});
