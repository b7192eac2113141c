import { describe, expect, it } from 'vitest';
import { problemsIn } from '../support/books.ts';
import { startLoad } from '../support/load.ts';
import { createShop, orderOf, type Shop } from '../support/shop.ts';
import { forms, type ServiceName, type System, startSystem } from '../support/system.ts';
import { inBothForms, startTimeoutMs } from './both-forms.ts';

/** Waits for the ends of many orders and counts them. */
async function endsOf(shop: Shop, orderIds: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const queue = orderIds.values();
  const follow = async (): Promise<void> => {
    for (const id of queue) {
      const { status } = await shop.ended(id);
      counts[status] = (counts[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 32 }, follow));
  return counts;
}

const idsOf = (load: { readonly acknowledged: readonly { readonly orderId: string }[] }): string[] =>
  load.acknowledged.map(({ orderId }) => orderId);

inBothForms('1 000 orders at once for 100 units', ({ shop, system }) => {
  it('ended with 100 confirmed, 900 cancelled, nothing left over and the money of exactly 100', {
    timeout: 120_000,
  }, async () => {
    await shop().setStock('rare', 100);
    const order = (number: number) => orderOf('rare', { price: 12.34, customer: `cust_${number}` });
    const load = startLoad({ system: system(), shop: shop(), clients: 1_000, orders: 1_000, order });
    await load.done;
    expect(load.surprises).toEqual([]);
    expect(await endsOf(shop(), idsOf(load))).toEqual({ CONFIRMED: 100, CANCELLED: 900 });
    expect((await shop().listStock()).find(({ product_id }) => product_id === 'rare')).toEqual({
      product_id: 'rare',
      available: 0,
      reserved: 100,
      stocked: 100,
    });
    expect(await problemsIn(system().dataDir, load.acknowledged)).toEqual([]);
  });
});

describe('under load', () => {
  // Every kind of end, and stock that runs out on the way.
  const mixed = (number: number) => {
    if (number % 7 === 3) return orderOf('plenty', { price: 600 });
    if (number % 7 === 5) return orderOf('prod_3');
    return orderOf('plenty', {
      price: 1 + (number % 5),
      customer: number % 11 === 0 ? 'test_lost_reply' : 'cust_1',
    });
  };

  const withSystem = async (
    form: System['form'],
    facts: (system: System, shop: Shop) => Promise<void>,
  ): Promise<void> => {
    const system = await startSystem({ form });
    try {
      const shop = createShop(system.url);
      await shop.setStock('plenty', 10_000);
      await facts(system, shop);
    } finally {
      await system.remove();
    }
  };

  it.each<ServiceName>(['inventory', 'payment', 'order', 'gateway'])(
    'a split shop whose %s service was killed and came back ended every order right',
    { timeout: startTimeoutMs },
    (victim) =>
      withSystem('four processes', async (system, shop) => {
        const load = startLoad({ system, shop, clients: 8, order: mixed });
        await load.more(20);
        await system.kill(victim);
        // Orders go on being accepted while a participant is away.
        if (victim !== 'gateway') await load.more(8);
        await system.start(victim);
        await load.more(20);
        await load.stop();
        expect(load.surprises).toEqual([]);
        const ends = await endsOf(shop, idsOf(load));
        expect(Object.keys(ends).sort()).toEqual(['CANCELLED', 'CONFIRMED']);
        expect(await problemsIn(system.dataDir, load.acknowledged)).toEqual([]);
      }),
  );

  it.each(forms)('SIGTERM lost nothing in %s', { timeout: startTimeoutMs }, (form) =>
    withSystem(form, async (system, shop) => {
      const load = startLoad({ system, shop, clients: 16, order: mixed });
      await load.more(40);
      expect(await system.stop('gateway')).toEqual({ code: 0, signal: null });
      await system.start('gateway');
      await load.more(20);
      await load.stop();
      expect(load.surprises).toEqual([]);
      const ends = await endsOf(shop, idsOf(load));
      expect(Object.keys(ends).sort()).toEqual(['CANCELLED', 'CONFIRMED']);
      expect(await problemsIn(system.dataDir, load.acknowledged)).toEqual([]);
    }),
  );
});
