import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemsIn } from '../support/books.ts';
import { createShop, orderOf, type Shop } from '../support/shop.ts';
import { type System, startSystem } from '../support/system.ts';
import { startTimeoutMs } from './both-forms.ts';

let system: System;
let shop: Shop;
beforeAll(async () => {
  system = await startSystem({ form: 'four processes' });
  shop = createShop(system.url);
}, startTimeoutMs);
afterAll(() => system?.remove());

/** More calls than an attempt budget has, so that an order that counted them would have been cancelled. */
const manyTries = 8;

/** Calls of a step, there or back, that reached nobody. */
async function triesInVain(step: string): Promise<number> {
  const { text } = await shop.ask('GET', '/metrics');
  const samples = new RegExp(
    `^ordersaga_step_attempts_total{step="${step}",.*outcome="unreached"} (\\d+)`,
    'gm',
  );
  return [...text.matchAll(samples)].reduce((sum, [, count]) => sum + Number(count), 0);
}

it('orders waited for a service that was gone, said so, and were confirmed when it was back', {
  timeout: startTimeoutMs,
}, async () => {
  await system.kill('inventory');
  const orders = [await shop.place(orderOf('prod_1')), await shop.place(orderOf('prod_2'))];
  await expect.poll(() => triesInVain('reserve-stock'), { timeout: 60_000 }).toBeGreaterThan(manyTries);
  const { id } = orders[0] ?? { id: '' };
  expect((await shop.getOrder(id)).status).toBe('PENDING');
  expect((await shop.ask('GET', `/sagas/${id}/explanation`)).json?.next).toContainEqual(
    'reserve-stock waits for inventory, which does not answer; waiting uses up no attempt.',
  );
  await system.start('inventory');
  for (const order of orders) expect((await shop.ended(order.id)).status).toBe('CONFIRMED');
  const reserve = (await shop.getSaga(id)).steps.find(({ name }) => name === 'reserve-stock');
  expect(reserve?.attempts).toBeLessThan(manyTries);
});

it('a cancel that came meanwhile was heard, and undone once the service was back', {
  timeout: startTimeoutMs,
}, async () => {
  const { available: before } = await stock();
  const { id } = await shop.place(orderOf('prod_1', { customer: 'test_timeout' }));
  for await (const { step } of shop.events(id, 0, AbortSignal.timeout(30_000)))
    if (step === 'reserve-stock') break;
  const triesBefore = await triesInVain('reserve-stock');
  await system.kill('inventory');
  await shop.cancelPatiently(id);
  await expect
    .poll(async () => (await triesInVain('reserve-stock')) - triesBefore, { timeout: 60_000 })
    .toBeGreaterThan(2);
  expect((await shop.getSaga(id)).status).toBe('compensating');
  await system.start('inventory');
  expect((await shop.ended(id)).status).toBe('CANCELLED');
  expect(await stock()).toMatchObject({ available: before, reserved: expect.any(Number) });
});

it('the books balance', { timeout: startTimeoutMs }, async () => {
  await system.kill();
  expect(await problemsIn(system.dataDir)).toEqual([]);
});

async function stock(): Promise<{ readonly available: number }> {
  const found = (await shop.listStock()).find(({ product_id }) => product_id === 'prod_1');
  if (found === undefined) throw new Error('prod_1 is not in stock');
  return found;
}
