import { expect, test } from 'vitest';
import type { BulkAnswer } from '../../src/contract/decisions.ts';
import type { OrderAnswer } from '../../src/contract/orders.ts';
import { hastyLimits, hastySaga, outage } from '../services/gateway/interference.ts';
import { goodOrder, startShop } from '../services/gateway/shop.ts';
import { runHere } from './run-cli.ts';

const left = (how: string) =>
  `the order stays as it is for the customer, unless it was ${how} by hand in the order service`;

/** A shop with one order that halted because an operation on the order itself cannot be done. */
async function haltedAt(operation: string, price: number) {
  const { broken, around } = outage();
  const shop = await startShop({ around, definition: hastySaga, engineLimits: hastyLimits });
  broken.set(operation, 'crash');
  const body = { ...goodOrder, items: [{ product_id: 'prod_1', quantity: 1, price }] };
  const { id } = (await (await shop.post('/orders', body)).json()) as OrderAnswer;
  await expect.poll(async () => (await shop.log.get(id))?.status, { timeout: 20_000 }).toBe('halted');
  return { shop, id, cli: (...args: string[]) => runHere(...args, '--url', shop.url) };
}

test('an order whose confirmation is skipped stays as it is, and every view says so', async () => {
  const { shop, id, cli } = await haltedAt('confirm-order', 20);
  const skip = ['saga', 'skip', id, '--step', 'confirm-order', '--reason', 'by hand', '--operator', 'mia'];
  expect((await cli('saga', 'explain', id)).stdout).toContain(`skip: ${left('confirmed')}`);
  const { stdout } = await cli(...skip, '--dry-run');
  expect(stdout.split('\n').slice(1, 3)).toEqual([`    then it is completed`, `    ${left('confirmed')}`]);
  const { results }: BulkAnswer = JSON.parse((await cli(...skip, '--dry-run', '--json')).stdout);
  expect(results).toMatchObject([{ status: 'completed', by_hand: 'confirm-order' }]);

  const awaited = shop.fetch(`/orders/${id}`, { headers: { Prefer: 'wait=20' } });
  expect((await cli(...skip)).code).toBe(0);
  await shop.ended(id);
  expect(await (await awaited).json()).toMatchObject({ status: 'PENDING' });
  expect(await (await shop.fetch(`/orders/${id}`)).json()).toMatchObject({ status: 'PENDING' });
  const watched = await cli('order', 'watch', id);
  expect(watched.code).toBe(1);
  expect(watched.stdout).toContain('Done: nothing is left to do, confirm-order was handled by hand');
  expect(watched.stderr).toBe(`The customer sees PENDING: ${left('confirmed')}.\n`);
});

test('an order whose cancellation is skipped stays as it is, and every view says so', async () => {
  const { shop, id, cli } = await haltedAt('cancel-order', 600);
  const skip = ['saga', 'skip', id, '--step', 'create-order', '--reason', 'by hand', '--operator', 'mia'];
  expect((await cli(...skip, '--dry-run')).stdout).toContain(left('cancelled'));
  await cli(...skip);
  await shop.ended(id);
  await shop.services.order.close();
  expect(await (await shop.fetch(`/orders/${id}`)).json()).toMatchObject({ status: 'PENDING' });
  expect((await cli('order', 'watch', id)).stdout).toContain(
    'mia said that cancel-order was handled by hand',
  );
});
