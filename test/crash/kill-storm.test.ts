import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/seeded-random.ts';
import { problemsIn } from '../support/books.ts';
import { type Load, startLoad } from '../support/load.ts';
import { createShop, orderOf, type Shop } from '../support/shop.ts';
import { startSystem } from '../support/system.ts';

const { CRASH_SEED, CRASH_ROUNDS, CI } = process.env;
/** Of the moments of the kills and of the orders. */
const seed = Number(CRASH_SEED ?? Math.floor(Math.random() * 2 ** 32));
const rounds = Number(CRASH_ROUNDS ?? (CI ? 40 : 10));

/** Every kind of end: confirmed, declined, out of stock, a lost reply, a first attempt that fails. */
function anyOrder(random: () => number) {
  const dice = random();
  if (dice < 0.15) return orderOf('prod_3');
  if (dice < 0.3) return orderOf('plenty', { price: 600 });
  const customer = dice < 0.45 ? 'test_lost_reply' : dice < 0.6 ? 'test_flaky' : 'cust_1';
  const quantity = 1 + Math.floor(random() * 3);
  return orderOf('plenty', { customer, quantity, price: (1 + Math.floor(random() * 10_000)) / 100 });
}

/** Resolves at a random moment: soon after the system was ready, or in the middle of the load. */
async function randomMoment(load: Load, random: () => number): Promise<void> {
  if (random() < 0.7) await load.more(Math.floor(random() * 20));
  // Between two answers as well, wherever the system is by then.
  await new Promise((resolve) => setTimeout(resolve, random() * 30));
}

async function endOf(shop: Shop, load: Load): Promise<ReadonlySet<string>> {
  const ends = new Set<string>();
  for (const { orderId } of load.acknowledged) ends.add((await shop.ended(orderId)).status);
  return ends;
}

describe(`kill -9 under load, ${rounds} times (CRASH_SEED=${seed})`, () => {
  it('lost nothing that was acknowledged and ended every order right', { timeout: 1_800_000 }, async () => {
    const random = createRandom(seed);
    const system = await startSystem();
    try {
      const shop = createShop(system.url);
      await shop.setStock('plenty', 1_000_000);
      const load = startLoad({ system, shop, clients: 8, order: () => anyOrder(random) });
      const readyMs: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        await randomMoment(load, random);
        await system.kill();
        readyMs.push(await system.start());
      }
      await load.more(8);
      await load.stop();

      expect(load.surprises).toEqual([]);
      expect([...(await endOf(shop, load))].sort()).toEqual(['CANCELLED', 'CONFIRMED']);
      expect(await problemsIn(system.dataDir, load.acknowledged)).toEqual([]);
      const { sagas } = await shop.listSagas({ status: 'halted', limit: 10 });
      expect(sagas).toEqual([]);
      report(readyMs, load);
    } finally {
      await system.remove();
    }
  });
});

/** For people who read the test's output; nothing is asserted about times. */
function report(readyMs: readonly number[], { acknowledged }: Load): void {
  const sorted = readyMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  process.stderr.write(
    `${rounds} kills, ${acknowledged.length} orders acknowledged, ready after ${at(0.5)} ms (median), ${at(1)} ms (longest)\n`,
  );
}
