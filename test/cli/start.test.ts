import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderAnswer } from '../../src/contract/orders.ts';
import type { SagaAnswer } from '../../src/contract/sagas.ts';
import { type CliProcess, runCli, runHere, startCli } from './run-cli.ts';

// Every test here starts at least one whole shop, which takes long on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const freePorts = ['http', 'order', 'inventory', 'payment', 'saga'].flatMap((name) => [
  `--${name}-port`,
  '0',
]);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ordersaga-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const running = new Set<CliProcess>();
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL');
    await ended;
  }
  running.clear();
});

function start(...args: string[]): CliProcess {
  const shop = startCli(['start', ...freePorts, '--log-level', 'error', ...args]);
  running.add(shop);
  return shop;
}

describe('a shop', () => {
  let shop: CliProcess;
  let url = '';
  const cli = (...args: string[]) => runHere(...args, '--url', url);
  const submit = (...args: string[]) => cli('order', 'submit', '--customer', 'cust_1', ...args);

  beforeAll(async () => {
    shop = startCli([
      'start',
      '--json',
      ...freePorts,
      '--data-dir',
      join(folder, 'shop'),
      '--log-level',
      'error',
    ]);
    ({
      http: { url },
    } = JSON.parse(await shop.line('ready')));
  });
  afterAll(async () => {
    shop.child.kill('SIGTERM');
    await shop.ended;
  });

  it('told the story of an order that was confirmed, and ended well', async () => {
    const { code, stdout, stderr } = await submit('--item', 'prod_1:2@50.00', '--watch');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Order [\da-f-]{36}\n$/);
    const story = stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^ *[\d.]+ m?s {2}/, ''));
    expect(story).toEqual([
      '· Accepted an order of 2 × prod_1 for 100.00 USD from cust_1',
      '✓ Recorded the order',
      '✓ Reserved 2 × prod_1',
      '✓ Charged 100.00 USD to cust_1',
      '✓ Confirmed the order',
      '✓ Done: the order is confirmed',
    ]);
  });

  it('told a declined order with exit code 1, as one event a line for scripts', async () => {
    const order = [
      'order',
      'submit',
      '--customer',
      'cust_1',
      '--item',
      'prod_1:1@600.00',
      '--watch',
      '--json',
    ];
    const { code, stdout } = await runCli(order, { ORDERSAGA_URL: url });
    expect(code).toBe(1);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ type }) => type)).toEqual([
      'SagaStarted',
      'StepSucceeded',
      'StepSucceeded',
      'StepRejected',
      'CompensationStarted',
      'StepCompensated',
      'StepCompensated',
      'SagaCompensated',
    ]);
  });

  it('showed how an order ended to who waited for it, with the exit code to go by', async () => {
    const confirmed = await submit('--item', 'prod_1:1@50.00', '--wait', '60');
    expect(confirmed).toMatchObject({ code: 0, stderr: '' });
    expect(confirmed.stdout).toMatch(/^Order [\da-f-]{36} {2}CONFIRMED\n/);
    const declined = await submit('--item', 'prod_1:1@600.00', '--wait', '60', '--json');
    const { id, status }: OrderAnswer = JSON.parse(declined.stdout);
    expect([declined.code, status]).toEqual([1, 'CANCELLED']);
    expect(declined.stderr).toBe(`See what happened with: ordersaga order watch ${id}\n`);
    const read = await cli('order', 'get', id, '--wait', '60');
    expect(read.code).toBe(0);
    expect(read.stdout).toContain(`Order ${id}  CANCELLED\nPayment was declined.\n`);
  });

  it('said that an order is still under way when the wait was over', async () => {
    const stuck = await cli(
      ...['order', 'submit', '--customer', 'test_timeout', '--item', 'prod_1:1@1'],
      ...['--wait', '1', '--idempotency-key', 'stuck'],
    );
    expect(stuck.code).toBe(1);
    const id = /^Order (\S+) {2}PENDING\n/.exec(stuck.stdout)?.[1] ?? '';
    expect(stuck.stderr).toBe(`It has not ended yet. Follow it with: ordersaga order watch ${id}\n`);
    const { code, stdout } = await cli('order', 'get', id, '--wait', '1', '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { id, status: 'PENDING' }]);
    await cli('saga', 'cancel', id, '--reason', 'no longer waited for');
    const again = await cli(
      ...['order', 'submit', '--customer', 'test_timeout', '--item', 'prod_1:1@1'],
      ...['--wait', '60', '--idempotency-key', 'stuck', '--json'],
    );
    expect(again.stderr).toContain('This key was used before: its order as it is now.');
    expect([again.code, JSON.parse(again.stdout)]).toMatchObject([1, { id, status: 'CANCELLED' }]);
  });

  it('gave the first answer again to a repeated key, and refused another order under it', async () => {
    const first = await submit('--item', 'prod_2:1@1', '--idempotency-key', 'key-1', '--json');
    const again = await submit('--item', 'prod_2:1@1', '--idempotency-key', 'key-1', '--json');
    const other = await submit('--item', 'prod_2:2@1', '--idempotency-key', 'key-1', '--json');
    expect(again.stdout).toBe(first.stdout);
    expect(again.stderr).toContain('This key was used before');
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toContain('(idempotency_key_reused, trace ');
  });

  it('showed an order and its saga to people and to scripts', async () => {
    const { id }: OrderAnswer = JSON.parse((await submit('--item', 'prod_2:1@9.5', '--json')).stdout);
    expect((await cli('order', 'watch', id)).code).toBe(0);
    const order = await cli('order', 'get', id);
    expect(order.stdout).toContain(`Order ${id}  CONFIRMED\nCustomer cust_1, total 9.50 USD\n`);
    expect(JSON.parse((await cli('order', 'get', id, '--json')).stdout)).toMatchObject({ id, total: 9.5 });
    const saga = await cli('saga', 'show', id);
    expect(saga.stdout).toContain(`Saga ${id}  completed\n`);
    expect(saga.stdout).toMatch(/charge-payment +compensatable +succeeded +1 +0/);
    expect(saga.stdout).toContain('✓ Charged 9.50 USD to cust_1');
    expect(JSON.parse((await cli('saga', 'show', id, '--json')).stdout)).toMatchObject({
      status: 'completed',
    });
  });

  it('listed orders and sagas page by page', async () => {
    await submit('--item', 'prod_1:1@1', '--watch');
    await submit('--item', 'prod_1:1@1', '--watch');
    const page = await cli('order', 'list', '--status', 'CONFIRMED', '--limit', '1');
    expect(page.stdout.split('\n')).toHaveLength(3);
    const cursor = /^More: --cursor (\S+)\n$/.exec(page.stderr)?.[1] ?? '';
    const next = JSON.parse(
      (await cli('order', 'list', '--limit', '1', '--cursor', cursor, '--json')).stdout,
    );
    expect(next.orders).toHaveLength(1);
    expect(page.stdout).not.toContain(next.orders[0].id);
    const sagas = await cli('saga', 'list', '--status', 'completed', '--limit', '1');
    expect(sagas.stdout).toMatch(/completed +4 of 4/);
    expect((await cli('saga', 'list', '--status', 'halted')).stderr).toBe('No sagas.\n');
  });

  it('refused to change what is final, in words and with exit code 1', async () => {
    const { id }: OrderAnswer = JSON.parse((await submit('--item', 'prod_1:1@1', '--json')).stdout);
    await cli('order', 'watch', id);
    const cancel = await cli('order', 'cancel', id);
    expect(cancel).toMatchObject({ code: 1, stdout: '' });
    expect(cancel.stderr).toContain('(order_not_cancellable, trace ');
    const retry = await cli('saga', 'retry', id, '--reason', 'trying');
    expect(retry.stderr).toContain('(command_refused, trace ');
    expect((await cli('order', 'get', crypto.randomUUID())).stderr).toContain(
      'There is no such order. (order_not_found',
    );
  });

  it('kept the reason and the name of whoever cancelled', async () => {
    const stuck = ['order', 'submit', '--customer', 'test_timeout', '--item', 'prod_1:1@1', '--json'];
    const { id }: OrderAnswer = JSON.parse((await cli(...stuck)).stdout);
    const cancel = await cli('saga', 'cancel', id, '--reason', 'wrong size', '--operator', 'mia', '--json');
    expect(cancel.code).toBe(0);
    const saga: SagaAnswer = JSON.parse(cancel.stdout);
    expect(saga.events).toContainEqual(
      expect.objectContaining({
        type: 'CancelRequested',
        data: expect.objectContaining({ by: 'mia', reason: 'wrong size' }),
      }),
    );
  });

  it('showed the stock and set it', async () => {
    const set = await cli('stock', 'set', 'mug', '7');
    expect(set.stdout).toMatch(/^PRODUCT +AVAILABLE +RESERVED +STOCKED\nmug +7 +0 +7\n$/);
    const { stock } = JSON.parse((await cli('stock', 'list', '--json')).stdout);
    expect(stock).toContainEqual({ product_id: 'mug', available: 7, reserved: 0, stocked: 7 });
  });
});

describe('starting', () => {
  it('told a person where everything is and what to try', async () => {
    const dataDir = join(folder, 'banner');
    const shop = start('--data-dir', dataDir);
    const curl = await shop.line('curl -X POST');
    expect(curl).toMatch(/http:\/\/127\.0\.0\.1:\d+\/orders/);
    shop.child.kill('SIGTERM');
    const { code, stdout, stderr } = await shop.ended;
    expect(stdout).toMatch(/^ordersaga is ready\n/);
    for (const name of ['http', 'gateway', 'order', 'inventory', 'payment']) {
      expect(stdout).toMatch(new RegExp(`\\n {2}${name} +\\S*127\\.0\\.0\\.1:\\d+\\n`));
    }
    expect(stdout).toContain(dataDir);
    expect(code).toBe(0);
    expect(stderr).toContain('Shut down in good order.');
  });

  it('ended in good order within its grace while an order was stuck', async () => {
    const shop = start('--json', '--data-dir', join(folder, 'stuck'), '--shutdown-grace', '500ms');
    const { http } = JSON.parse(await shop.line('ready'));
    const env = { ORDERSAGA_URL: http.url };
    await runCli(['order', 'submit', '--customer', 'test_timeout', '--item', 'prod_1:1@1'], env);
    shop.child.kill('SIGTERM');
    expect((await shop.ended).code).toBe(0);
  });

  it('warned of a pause that outlived the restart', async () => {
    const dataDir = join(folder, 'paused');
    const first = start('--json', '--data-dir', dataDir);
    const { http } = JSON.parse(await first.line('ready'));
    await runHere('pause', '--reason', 'new disks', '--operator', 'ada', '--url', http.url);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = start('--data-dir', dataDir);
    const warning = await second.line('All calls have been paused since');
    expect(warning).toMatch(/ by ada: new disks\. To go on: ordersaga resume --reason …$/);
    second.child.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
  });

  it('stopped at once at the second signal', async () => {
    const shop = start('--json', '--data-dir', join(folder, 'impatient'), '--shutdown-grace', '10m');
    const { http } = JSON.parse(await shop.line('ready'));
    await runHere('order', 'submit', '--customer', 'test_timeout', '--item', 'prod_1:1@1', '--url', http.url);
    const asked = new Promise<void>((resolve) => {
      shop.child.stderr?.on('data', (text: string) => {
        if (text.includes('shutting down')) resolve();
      });
    });
    shop.child.kill('SIGTERM');
    await asked;
    shop.child.kill('SIGTERM');
    const { code, stderr } = await shop.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('Stopping at once.');
  });
});

describe('the demo', () => {
  const leftBehind = () => readdirSync(tmpdir()).filter((name) => name.startsWith('ordersaga-demo-'));

  it('ended every story as it has to, balanced the books and left nothing behind', async () => {
    const before = leftBehind();
    const { code, stdout } = await runCli(['demo', '--json'], { ORDERSAGA_PAYMENT_LIMIT: '1' });
    const { ok, stories, books } = JSON.parse(stdout);
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    expect(stories.map(({ order }: { order: OrderAnswer }) => order.status)).toEqual([
      'CONFIRMED',
      'CANCELLED',
      'CANCELLED',
      'CONFIRMED',
    ]);
    expect(books).toMatchObject({ capturedMinor: 12_500, refundedMinor: 0, confirmedMinor: 12_500 });
    expect(leftBehind().filter((name) => !before.includes(name))).toEqual([]);
  });

  it('stayed open when asked to, until it was told to end', async () => {
    const before = leftBehind();
    const demo = startCli(['demo', '--keep']);
    running.add(demo);
    await demo.line('Every order ended as it has to');
    demo.child.kill('SIGINT');
    const { code, stderr } = await demo.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/Still running: http:\/\/127\.0\.0\.1:\d+/);
    expect(leftBehind().filter((name) => !before.includes(name))).toEqual([]);
  });
});
