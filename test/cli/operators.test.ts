import { expect, test } from 'vitest';
import type { BulkAnswer, InboxAnswer } from '../../src/contract/decisions.ts';
import { hastyLimits, hastySaga, outage } from '../services/gateway/interference.ts';
import { startShop } from '../services/gateway/shop.ts';
import { runHere } from './run-cli.ts';

const order = (quantity: number) => ({
  customer_id: 'cust_1',
  items: [{ product_id: 'prod_1', quantity, price: 50 }],
});

/** A shop over which one outage swept: two orders halted at their payment. */
async function sweptShop() {
  const { broken, calls, around } = outage();
  const shop = await startShop({ around, definition: hastySaga, engineLimits: hastyLimits });
  const cli = (...args: string[]) => runHere(...args, '--url', shop.url);
  broken.set('charge-payment', 'crash');
  const ids: string[] = [];
  for (const quantity of [1, 2]) {
    const { id } = (await (await shop.post('/orders', order(quantity))).json()) as { id: string };
    ids.push(id);
    await expect.poll(async () => (await shop.log.get(id))?.status, { timeout: 20_000 }).toBe('halted');
  }
  broken.clear();
  calls.splice(0);
  const [first = '', second = ''] = ids;
  return { shop, cli, calls, first, second };
}

test('the inbox showed one outage as one row, and how to go on', async () => {
  const { cli, first } = await sweptShop();
  const { code, stdout, stderr } = await cli('saga', 'inbox');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const row = stdout.split('\n').filter((line) => /^ *2 +charge-payment +poison +150\.00 USD/.test(line));
  expect(row).toHaveLength(1);
  expect(stdout).toContain(`ordersaga saga explain ${first}`);
  expect(stdout).toContain('ordersaga saga retry --at charge-payment --cause poison --reason … --dry-run');
  const inbox: InboxAnswer = JSON.parse((await cli('saga', 'inbox', '--json')).stdout);
  expect(inbox.groups).toMatchObject([{ sagas: 2, sample_ids: [first, expect.any(String)] }]);
});

test('a dry run printed what the cancel then did, and did nothing itself', async () => {
  const { shop, cli, calls, second } = await sweptShop();
  const decision = ['saga', 'cancel', second, '--reason', 'customer called', '--operator', 'mia'];
  const preview = await cli(...decision, '--dry-run');
  expect(preview.stdout.trim().split('\n')).toEqual([
    second,
    '    refund 100.00 USD, if charge-payment ever took effect',
    '    release 2 × prod_1',
    '    mark the order as cancelled',
    '    then it is compensated',
    '',
    '1 would be done',
  ]);
  expect(preview.stderr).toBe('Nothing was done. To do it, leave out --dry-run.\n');
  expect(calls).toEqual([]);
  expect((await cli(...decision)).code).toBe(0);
  await shop.ended(second);
  expect(calls.map(({ operation }) => operation)).toEqual([
    'refund-payment',
    'release-stock',
    'cancel-order',
  ]);
  const { stdout } = await cli('saga', 'explain', second);
  expect(stdout).toContain('mia asked to cancel: customer called');
  expect(stdout).toContain('What happens next\n  Nothing more will happen.');
  expect(stdout).not.toContain('What you can do');
});

test('resume, which is retry, took up all sagas of a cause', async () => {
  const { shop, cli, first, second } = await sweptShop();
  const { code, stdout } = await cli('saga', 'resume', '--cause', 'poison', '--reason', 'payment is fixed');
  expect(code).toBe(0);
  expect(stdout).toMatch(/2 done\n$/);
  for (const id of [first, second]) await shop.ended(id);
  expect((await cli('saga', 'inbox')).stderr).toBe('Nothing waits for a person.\n');
  const again = await cli('saga', 'retry', first, second, '--reason', 'again', '--json');
  expect(again.code).toBe(1);
  const refused = await cli('saga', 'retry', first, second, '--reason', 'again', '--dry-run');
  expect([refused.code, refused.stderr]).toEqual([1, '']);
  const { counts }: BulkAnswer = JSON.parse(again.stdout);
  expect(counts).toMatchObject({ refused: 2, done: 0 });
});

test('an explanation told the story, what is open, and what each decision would do', async () => {
  const { cli, first } = await sweptShop();
  const { stdout } = await cli('saga', 'explain', first);
  expect(stdout).toMatch(new RegExp(`^Saga ${first} {2}halted {2}trace [0-9a-f]{32}\n`));
  for (const sentence of [
    '✓ Reserved 1 × prod_1',
    '✗ Halted at charging the payment, a person must decide: its driver died',
    'Nobody knows whether this happened: charge 50.00 USD.',
    'Nothing happens until a person decides.',
    'retry: charge 50.00 USD; then confirm the order; then the order is confirmed',
    'cancel: refund 50.00 USD, if charge-payment ever took effect; then release 1 × prod_1',
    `ordersaga saga skip ${first} --step charge-payment --reason …`,
  ])
    expect(stdout).toContain(sentence);
});

test('a decision without a saga, or without a reason, was wrong usage', async () => {
  const nowhere = ['--url', 'http://127.0.0.1:9'];
  const nobody = await runHere('saga', 'retry', '--reason', 'x', ...nowhere);
  expect(nobody).toMatchObject({ code: 2, stdout: '' });
  expect(nobody.stderr).toContain('Say which sagas');
  for (const command of [['saga', 'retry', '--at', 'x'], ['pause'], ['resume']]) {
    const { code, stderr } = await runHere(...command, ...nowhere);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--reason')]);
  }
});

test('a pause said what it holds wherever an operator looks, until the resume', async () => {
  const shop = await startShop();
  const cli = (...args: string[]) => runHere(...args, '--url', shop.url);
  const paused = await cli('pause', '--reason', 'new disks', '--participant', 'payment', '--operator', 'ada');
  expect(paused.stdout).toMatch(/^partly paused {2}0 of at most 10000 live sagas\n$/);
  const warning =
    /^Calls to payment have been paused since \S+ by ada: new disks\. To go on: ordersaga resume --participant payment --reason …\n/;
  expect(paused.stderr).toMatch(warning);
  expect((await cli('saga', 'inbox')).stderr).toMatch(warning);
  const unknown = await cli('pause', '--reason', 'x', '--participant', 'shipping');
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toContain('must be one of order, inventory, payment');
  const resumed = await cli('resume', '--reason', 'disks are in', '--participant', 'payment');
  expect(resumed).toMatchObject({ code: 0, stderr: '' });
  expect((await cli('engine')).stdout).toMatch(/^running /);
});
