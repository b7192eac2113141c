import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { boot } from '../../src/boot.ts';
import { resolveConfig } from '../../src/config.ts';
import { createShop, type Shop } from '../support/shop.ts';

/** The whole system in this process, so that its heap can be looked at. */
export type RunningShop = {
  readonly shop: Shop;
  readonly httpPort: number;
  /** `host:port` by service. */
  readonly addresses: ReadonlyMap<string, string>;
  close(): Promise<void>;
};

export async function startRunningShop(): Promise<RunningShop> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ordersaga-hostile-'));
  const port = '0';
  const { config } = resolveConfig(
    {
      httpPort: port,
      orderPort: port,
      inventoryPort: port,
      paymentPort: port,
      sagaPort: port,
      dataDir,
      logLevel: 'silent',
    },
    {},
  );
  const running = await boot(config);
  const address = running.http?.address ?? '';
  const shop = createShop(`http://${address}`);
  await shop.setStock('prod_1', 1_000_000);
  return {
    shop,
    httpPort: Number(address.split(':').at(-1)),
    addresses: new Map(running.services.map((service) => [service.name, service.address])),
    async close() {
      await running.close(1_000);
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** The next good order passes: it is accepted, carried out and confirmed. */
export async function confirmOne({ shop }: RunningShop): Promise<string> {
  const { id } = await shop.place({
    customer_id: 'cust_1',
    items: [{ product_id: 'prod_1', quantity: 1, price: 50 }],
  });
  return (await shop.ended(id)).status;
}

/** Bytes in use once everything that can go is gone. */
export async function heapAfterCollection(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

/** Runs `send` for every item, at most `width` at a time. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  send: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of iterator) await send(item);
    }),
  );
}

/** How many requests of each protocol; `npm run test:hostile` sends the full number. */
export const requestCount = Number(process.env.HOSTILE_REQUESTS ?? '2000');
export const seed = Number(process.env.HOSTILE_SEED ?? '20260101');
