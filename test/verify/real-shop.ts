import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { boot } from '../../src/boot.ts';
import { type Flags, resolveConfig } from '../../src/config.ts';
import { createShop, orderOf, type Shop } from '../support/shop.ts';

export const temporaryDirectory = (): string => mkdtempSync(join(tmpdir(), 'ordersaga-books-'));

export const removeDirectory = (path: string): void => rmSync(path, { recursive: true, force: true });

export type RealShop = {
  readonly shop: Shop;
  readonly url: string;
  readonly addresses: ReadonlyMap<string, string>;
  close(): Promise<void>;
};

/** The whole system in this process, on ports of its own. */
export async function openShop(dataDir: string, flags: Flags = {}): Promise<RealShop> {
  const { config } = resolveConfig(
    {
      dataDir,
      httpPort: '0',
      orderPort: '0',
      inventoryPort: '0',
      paymentPort: '0',
      sagaPort: '0',
      logLevel: 'silent',
      verifyIntervalMs: '0s',
      ...flags,
    },
    {},
  );
  const running = await boot(config);
  const url = `http://${running.http?.address}`;
  return {
    url,
    shop: createShop(url),
    addresses: new Map(running.services.map(({ name, address }) => [name, address])),
    close: () => running.close(2_000),
  };
}

/** One order of each end that the books know. */
export type Story = {
  readonly sold: string;
  readonly alsoSold: string;
  readonly declined: string;
  readonly outOfStock: string;
  /** Charged and then cancelled, so its money went both ways. */
  readonly refunded: string;
};

/** Has customers order everything there is a story of. */
export async function tellStory(shop: Shop): Promise<Story> {
  const ordered = async (order: Parameters<Shop['place']>[0]): Promise<string> => {
    const { id } = await shop.place(order);
    await shop.ended(id);
    return id;
  };
  const refunded = await refundedOrder(shop);
  const sold = await ordered(orderOf('prod_1', { quantity: 2, price: 25 }));
  const declined = await ordered(orderOf('prod_2', { price: 501 }));
  const outOfStock = await ordered(orderOf('prod_3'));
  const alsoSold = await ordered(orderOf('prod_2', { customer: 'test_lost_reply', price: 30 }));
  return { sold, alsoSold, declined, outOfStock, refunded };
}

/** The reply of its first charge gets lost; cancelling before the next attempt makes the saga give the money back. */
async function refundedOrder(shop: Shop): Promise<string> {
  for (;;) {
    const { id } = await shop.place(orderOf('prod_2', { customer: 'test_lost_reply', price: 20 }));
    for await (const { type, step } of shop.events(id, 0, AbortSignal.timeout(20_000))) {
      if (type !== 'AttemptFailed' || step !== 'charge-payment') continue;
      await shop.ask('POST', `/orders/${id}/cancel`, { body: {} });
      break;
    }
    // The next attempt may have been faster.
    if ((await shop.ended(id)).status === 'CANCELLED') return id;
    await shop.setStock('prod_2', 10);
  }
}

/** Has a shop tell the story in this directory, and closes it. */
export async function storyIn(dataDir: string): Promise<Story> {
  const { shop, close } = await openShop(dataDir);
  try {
    return await tellStory(shop);
  } finally {
    await close();
  }
}

/** A copy of a data directory that nobody writes, gone after the test. */
export function copyOf(dataDir: string): string {
  const copy = temporaryDirectory();
  onTestFinished(() => removeDirectory(copy));
  cpSync(dataDir, copy, { recursive: true });
  return copy;
}

export type BookName = 'saga' | 'saga-archive' | 'order' | 'inventory' | 'payment';

/** Changes a database behind its service's back, past every trigger and check. */
export function tamper(dataDir: string, name: BookName, change: (database: Database) => void): void {
  const database = new Sqlite(join(dataDir, `${name}.db`));
  try {
    const triggers = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all();
    for (const trigger of triggers) database.exec(`DROP TRIGGER ${trigger}`);
    database.pragma('ignore_check_constraints = ON');
    change(database);
  } finally {
    database.close();
  }
}
