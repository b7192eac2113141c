import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { problemsIn } from '../support/books.ts';
import { describeWith } from '../support/installed.ts';
import { startLoad } from '../support/load.ts';
import { describeWithMount, mountTmpfs, unmount } from '../support/mount.ts';
import { runBuilt, type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { createShop, orderOf, type Shop } from '../support/shop.ts';
import { type System, type SystemOptions, startSystem } from '../support/system.ts';

const timeout = 180_000;
const folders: string[] = [];
const systems: System[] = [];
afterEach(async () => {
  for (const system of systems.splice(0)) await system.remove();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ordersaga-faults-'));
  folders.push(folder);
  return folder;
}

async function start(options: SystemOptions = {}): Promise<{ system: System; shop: Shop }> {
  const system = await startSystem({ dataDir: temporaryFolder(), ...options });
  systems.push(system);
  return { system, shop: createShop(system.url) };
}

async function allEnded(shop: Shop, orders: readonly { readonly orderId: string }[]): Promise<void> {
  for (const { orderId } of orders) expect((await shop.ended(orderId)).status).toMatch(/^C/);
}

describeWithMount('a full disk', () => {
  it('was answered with 503 and no false promise, and orders were taken again once there was space', {
    timeout,
  }, async () => {
    const dataDir = temporaryFolder();
    mountTmpfs(dataDir, 6);
    const { system, shop } = await start({ dataDir });
    try {
      const load = startLoad({ system, shop, clients: 4, order: () => orderOf('prod_1', { price: 5 }) });
      await load.more(8);
      fill(dataDir);
      const refused = await refusal(shop);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(refused.json?.error).toBe('overloaded');
      const whileFull = load.acknowledged.length;
      expect((await shop.ask('GET', '/healthz')).status).toBe(200);
      expect((await shop.ask('GET', '/readyz')).status).toBe(503);
      expect(load.acknowledged).toHaveLength(whileFull);
      rmSync(join(dataDir, 'filler'));
      await load.more(8);
      await load.stop();
      await allEnded(shop, load.acknowledged);
      expect(load.surprises).toEqual([]);
      expect((await shop.ask('GET', '/readyz')).status).toBe(200);
      expect(await problemsIn(dataDir, load.acknowledged)).toEqual([]);
    } finally {
      await system.kill();
      unmount(dataDir);
    }
  });
});

function fill(directory: string): void {
  for (let bytes = 1024 * 1024; bytes >= 1024; bytes /= 2) {
    try {
      for (;;) writeFileSync(join(directory, 'filler'), Buffer.alloc(bytes), { flag: 'a' });
    } catch {
      // No room for a piece of this size; smaller ones may fit.
    }
  }
}

/** The first order that is not accepted. */
async function refusal(shop: Shop) {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const reply = await shop.ask('POST', '/orders', { body: orderOf('prod_1', { price: 5 }) });
    if (reply.status !== 201) return reply;
  }
  throw new Error('500 orders were accepted although the disk is full');
}

describe('a file of the data directory', () => {
  it('that was written by a newer version was refused, and left as it was', { timeout }, async () => {
    const { system } = await start();
    expect((await system.stop('gateway')).code).toBe(0);
    const file = join(system.dataDir, 'inventory.db');
    const database = new Sqlite(file);
    database.pragma('user_version = 999');
    database.close();
    const before = readFileSync(file);
    await expect(system.start()).rejects.toThrow(/999/);
    expect(readFileSync(file)).toEqual(before);
  });

  it('in which one bit of the log had flipped was told by verify, with the order', { timeout }, async () => {
    const { system, shop } = await start();
    const { id } = await shop.place(orderOf('prod_1'));
    await shop.ended(id);
    expect((await system.stop('gateway')).code).toBe(0);
    expect((await runBuilt(['verify', '--data-dir', system.dataDir, '--json'])).code).toBe(0);
    const file = join(system.dataDir, 'saga.db');
    const bytes = readFileSync(file);
    const at = bytes.indexOf('"step":"charge-payment","attempt":1');
    expect(at).toBeGreaterThan(0);
    const lastDigit = at + '"step":"charge-payment","attempt":1'.length - 1;
    bytes[lastDigit] = (bytes[lastDigit] ?? 0) ^ 2;
    writeFileSync(file, bytes);
    const { code, stdout } = await runBuilt(['verify', '--data-dir', system.dataDir, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).violations).toContainEqual(
      expect.objectContaining({
        invariant: 'I8',
        order_id: id,
        message: expect.stringMatching(/hash of seq \d/),
      }),
    );
  });
});

describe('an owner that stood still for longer than its lease', () => {
  it('was replaced, and did no harm when it went on', { timeout }, async () => {
    const args = ['--lease', '1s', '--saga-deadline', '2s'];
    const { system, shop } = await start({ form: 'four processes', args });
    const second = await secondGateway(system, args);
    try {
      // Nobody answers these before their deadline, so they are under way when their owner stops.
      const stuck = await Promise.all(
        Array.from({ length: 3 }, () => shop.place(orderOf('prod_1', { customer: 'test_timeout' }))),
      );
      const load = startLoad({ system, shop, clients: 4, orders: 20, order: () => orderOf('prod_2') });
      await load.more(8);
      await stopBetweenCommits(system);
      const other = createShop(second.ready.http?.url ?? '');
      for (const { id } of stuck) expect((await other.ended(id)).status).toBe('CANCELLED');
      const sagas = await Promise.all(stuck.map(({ id }) => other.getSaga(id)));
      for (const { epoch, events } of sagas) {
        expect(epoch).toBeGreaterThan(1);
        expect(events.map(({ type }) => type)).toContain('SagaRecovered');
      }
      system.process('gateway').signal('SIGCONT');
      await load.done;
      await allEnded(shop, load.acknowledged);
      expect(load.surprises).toEqual([]);
      const acknowledged = [...load.acknowledged, ...stuck.map(({ id }) => ({ orderId: id }))];
      expect(await problemsIn(system.dataDir, acknowledged)).toEqual([]);
    } finally {
      second.signal('SIGKILL');
      await second.exited;
    }
  });
});

/** One that stands still inside a commit holds the lock of the file, and nobody can replace it before it is killed. */
async function stopBetweenCommits(system: System): Promise<void> {
  const database = new Sqlite(join(system.dataDir, 'saga.db'), { timeout: 100 });
  try {
    for (;;) {
      system.process('gateway').signal('SIGSTOP');
      if (takesLock(database)) return;
      system.process('gateway').signal('SIGCONT');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } finally {
    database.close();
  }
}

function takesLock(database: Sqlite.Database): boolean {
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

const secondGateway = (system: System, args: readonly string[]): Promise<ServiceProcess> =>
  startServiceProcess({
    args: [
      ...[
        '--services',
        'gateway',
        '--http-port',
        '0',
        '--saga-port',
        '0',
        '--data-dir',
        system.dataDir,
        ...args,
      ],
      ...(['order', 'inventory', 'payment'] as const).flatMap((name) => [
        `--${name}-addr`,
        system.addressOf(name),
      ]),
    ],
  });

describeWith('faketime', 'a clock that jumped', () => {
  it.each(['+1h', '-1h'])(
    'by %s under load left every order with the right end',
    { timeout },
    async (jump) => {
      const clock = join(temporaryFolder(), 'clock');
      writeFileSync(clock, '+0');
      const { system, shop } = await start({
        env: {
          LD_PRELOAD: faketimeLibrary(),
          FAKETIME_TIMESTAMP_FILE: clock,
          FAKETIME_NO_CACHE: '1',
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
        },
      });
      const order = (number: number) =>
        orderOf('prod_2', { price: 1, customer: number % 3 === 0 ? 'test_flaky' : 'cust_1' });
      const load = startLoad({ system, shop, clients: 4, order });
      await load.more(12);
      writeFileSync(clock, jump);
      await load.more(12);
      const { orders } = await shop.listOrders({ limit: 1 });
      const skewMs = Date.parse(orders[0]?.created_at ?? '') - Date.now();
      expect(Math.abs(skewMs)).toBeGreaterThan(30 * 60_000);
      writeFileSync(clock, '+0');
      await load.more(12);
      await load.stop();
      await allEnded(shop, load.acknowledged);
      expect(load.surprises).toEqual([]);
      expect(await problemsIn(system.dataDir, load.acknowledged)).toEqual([]);
    },
  );
});

/** What the program preloads. */
const faketimeLibrary = (): string =>
  execFileSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim();
