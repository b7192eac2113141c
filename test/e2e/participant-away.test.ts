import { setTimeout } from 'node:timers/promises';
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

/** Longer than all attempts of a step and the back-offs between them, after which an order that counted them was cancelled. */
const outageMs = 8_000;

/** The event that a saga's log ends with, once that is one of this type. */
const endsWith = (id: string, type: string): Promise<void> =>
  expect.poll(async () => (await shop.getSaga(id)).events.at(-1)?.type, { timeout: 60_000 }).toBe(type);

it('orders waited for a service that was gone, said so, and were confirmed when it was back', {
  timeout: startTimeoutMs,
}, async () => {
  await system.kill('inventory');
  const orders = [await shop.place(orderOf('prod_1')), await shop.place(orderOf('prod_2'))];
  for (const { id } of orders) await endsWith(id, 'SagaHeld');
  await setTimeout(outageMs);
  const { id } = orders[0] ?? { id: '' };
  await endsWith(id, 'SagaHeld');
  expect((await shop.getOrder(id)).status).toBe('PENDING');
  expect((await shop.ask('GET', `/sagas/${id}/explanation`)).json?.next).toContainEqual(
    'reserve-stock waits for inventory, which does not answer; waiting uses up no attempt.',
  );
  await system.start('inventory');
  for (const order of orders) expect((await shop.ended(order.id)).status).toBe('CONFIRMED');
  const reserve = (await shop.getSaga(id)).steps.find(({ name }) => name === 'reserve-stock');
  expect(reserve?.attempts).toBe(1);
});

it('a cancel that came meanwhile was heard, and undone once the service was back', {
  timeout: startTimeoutMs,
}, async () => {
  const { available: before } = await stock();
  const { id } = await shop.place(orderOf('prod_1', { customer: 'test_timeout' }));
  for await (const { step } of shop.events(id, 0, AbortSignal.timeout(30_000)))
    if (step === 'reserve-stock') break;
  await system.kill('inventory');
  await shop.cancelPatiently(id);
  await endsWith(id, 'SagaHeld');
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
