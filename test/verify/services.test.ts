import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { verifyThroughGateway } from '../../src/cli/verify-through-gateway.ts';
import { InventoryService } from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { OrderService } from '../../src/gen/ordersaga/order/v1/order_pb.js';
import { PaymentService } from '../../src/gen/ordersaga/payment/v1/payment_pb.js';
import { createRpcClient } from '../../src/rpc/client.ts';
import { defineRpcService } from '../../src/rpc/rpc-service.ts';
import { startRpcServer } from '../../src/rpc/server.ts';
import { RpcServerError } from '../../src/rpc/server-error.ts';
import { CannotCheck } from '../../src/verify/cannot-check.ts';
import { startSagaReader } from '../../src/verify/files/saga-reader.ts';
import { verifyFiles } from '../../src/verify/files/verify-files.ts';
import { type BookClients, listServiceBooks } from '../../src/verify/services/list-books.ts';
import { verifyServices } from '../../src/verify/services/verify-services.ts';
import { orderOf, type Shop } from '../support/shop.ts';
import {
  copyOf,
  openShop,
  type RealShop,
  removeDirectory,
  type Story,
  storyIn,
  tamper,
  temporaryDirectory,
} from './real-shop.ts';

const dataDir = temporaryDirectory();
let story: Story;

beforeAll(async () => {
  story = await storyIn(dataDir);
});
afterAll(() => removeDirectory(dataDir));

async function reopened(directory: string, flags = {}): Promise<RealShop> {
  const real = await openShop(directory, flags);
  onTestFinished(() => real.close());
  return real;
}

const verified = ({ url }: RealShop) => verifyThroughGateway({ url, onProgress: () => {} });

/** Clients of the services of a running shop, for checks without its gateway. */
function clientsOf({ addresses }: RealShop): BookClients {
  const address = (name: string): string => addresses.get(name) ?? '';
  const order = createRpcClient({ service: OrderService, address: address('order'), timeoutMs: 5_000 });
  const inventory = createRpcClient({
    service: InventoryService,
    address: address('inventory'),
    timeoutMs: 5_000,
  });
  const payment = createRpcClient({ service: PaymentService, address: address('payment'), timeoutMs: 5_000 });
  for (const connection of [order, inventory, payment]) onTestFinished(() => connection.close());
  return { order: order.client, inventory: inventory.client, payment: payment.client };
}

describe('a check through the services', () => {
  test('said of a balanced shop what a check of its files says', async () => {
    const copy = copyOf(dataDir);
    const files = await verifyFiles({ dataDir: copy, nowMs: Date.now() });
    const services = await verified(await reopened(copy));
    expect(services.result).toBe('balanced');
    for (const part of ['orders', 'events', 'money', 'stock', 'checks', 'violations'] as const)
      expect(services[part]).toEqual(files[part]);
  });

  test.each([
    [
      'a refund that was taken back',
      'payment',
      "UPDATE payment SET status = 'captured' WHERE order_id = ?",
      'I3',
      'refunded',
    ],
    [
      'stock that is still held',
      'inventory',
      "UPDATE reservation SET status = 'held' WHERE order_id = ?",
      'I4',
      'declined',
    ],
    ['an order that is missing', 'order', 'DELETE FROM orders WHERE id = ?', 'I5', 'sold'],
    [
      'a log that was changed',
      'saga',
      "UPDATE saga_log SET data = 'x' WHERE seq = 3 AND saga_id = ?",
      'I8',
      'sold',
    ],
    ['an order without a saga', 'saga', 'DELETE FROM saga WHERE id = ?', 'I9', 'outOfStock'],
  ] as const)('found %s', async (_, book, sql, invariant, whose) => {
    const copy = copyOf(dataDir);
    const orderId = story[whose];
    tamper(copy, book, (database) => database.prepare(sql).run(orderId));
    const { result, violations } = await verified(await reopened(copy));
    expect(result).toBe('violated');
    expect(violations).toContainEqual(expect.objectContaining({ invariant, order_id: orderId }));
  });

  test('found a unit that is reserved for nobody, in a shop that had been quiet for a while', async () => {
    const copy = copyOf(dataDir);
    tamper(copy, 'inventory', (database) =>
      database.exec(
        "UPDATE stock SET available = available - 1, reserved = reserved + 1 WHERE product_id = 'prod_1'",
      ),
    );
    const real = await reopened(copy);
    const log = startSagaReader(copy);
    onTestFinished(() => log.close());
    const books = listServiceBooks(clientsOf(real));
    const nowMs = Date.now() + 120_000;
    const { report } = await verifyServices({ log, books, nowMs, maxAgeMs: 600_000 });
    expect(report.violations).toEqual([
      expect.objectContaining({
        invariant: 'I1',
        product_id: 'prod_1',
        message: expect.stringContaining('3 reserved'),
      }),
    ]);
  });

  test('went on where the last one ended', async () => {
    const real = await reopened(copyOf(dataDir));
    const log = startSagaReader(dataDir);
    onTestFinished(() => log.close());
    const asked: string[] = [];
    const books = listServiceBooks(clientsOf(real));
    const watched = {
      ...books,
      payments: (bounds: Parameters<typeof books.payments>[0]) => {
        asked.push(bounds.afterId);
        return books.payments(bounds);
      },
    };
    const options = { log, books: watched, nowMs: Date.now(), maxAgeMs: 600_000 };
    const first = await verifyServices({ ...options, pageSize: 2 });
    asked.length = 0;
    const second = await verifyServices({ ...options, pageSize: 2, soFar: first.soFar });
    expect(second.report).toEqual(first.report);
    expect(asked).toEqual([first.soFar.afterId]);
    expect(first.soFar.afterId).not.toBe('');
  });

  test('could not be made when a service does not list its books, and said which', async () => {
    const unimplemented = () => Promise.reject(new RpcServerError('UNIMPLEMENTED', 'not here'));
    const server = await startRpcServer({
      onError: () => {},
      services: [
        defineRpcService(PaymentService, {
          charge: unimplemented,
          refund: unimplemented,
          getPayment: unimplemented,
          listPayments: unimplemented,
        }),
      ],
    });
    onTestFinished(() => server.close());
    const real = await reopened(copyOf(dataDir), {
      services: 'gateway,order,inventory',
      paymentAddr: server.address,
    });
    const failure = await verified(real).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CannotCheck);
    expect(String(failure)).toContain('The payment service does not list its books');
  });
});

describe('a gateway', () => {
  test('checked its books every so often, and told probes and scrapers', async () => {
    const copy = copyOf(dataDir);
    tamper(copy, 'payment', (database) =>
      database.prepare("UPDATE payment SET status = 'captured' WHERE order_id = ?").run(story.refunded),
    );
    const { shop } = await reopened(copy, { verifyIntervalMs: '20ms' });
    await expect
      .poll(async () => (await shop.ask('GET', '/verifications/latest')).json?.status, { timeout: 20_000 })
      .toBe('done');
    const ready = await shop.ask('GET', '/readyz');
    expect(ready).toMatchObject({ status: 200, json: { status: 'ready', checks: { books: 'violated' } } });
    const { text } = await shop.ask('GET', '/metrics');
    expect(text).toMatch(/^ordersaga_books_balanced 0$/m);
    expect(text).toMatch(/^ordersaga_books_violations\{invariant="I3"\} 1$/m);
    expect(text).toMatch(/^ordersaga_books_last_check_timestamp_seconds 1\d{9}/m);
  });

  describe('with an order that is only late', () => {
    const metric = async (shop: Shop, name: string): Promise<string | undefined> =>
      new RegExp(`^ordersaga_books_${name} (.*)$`, 'm').exec((await shop.ask('GET', '/metrics')).text)?.[1];

    /** A shop whose only order under way waits for somebody to end a pause. */
    async function pausedShop(): Promise<{ readonly directory: string; readonly real: RealShop }> {
      const directory = copyOf(dataDir);
      const real = await reopened(directory);
      await real.shop.ask('POST', '/engine/pause', { body: { reason: 'new disks' } });
      await real.shop.place(orderOf('prod_1'));
      return { directory, real };
    }

    test('told scrapers so, and not that the books are wrong', async () => {
      const { directory, real } = await pausedShop();
      await real.close();
      tamper(directory, 'saga', (database) =>
        database.exec("UPDATE saga SET created_at_ms = created_at_ms - 86400000 WHERE status = 'running'"),
      );
      const { shop } = await reopened(directory, { verifyIntervalMs: '20ms' });
      await expect.poll(() => metric(shop, 'late_orders'), { timeout: 20_000 }).toBe('1');
      expect(await metric(shop, 'balanced')).toBe('1');
      expect(await metric(shop, 'violations\\{invariant="I5"\\}')).toBe('0');
    });

    test('told whoever asked with a shorter time, and woke nobody', async () => {
      const { real } = await pausedShop();
      const { shop, url } = real;
      const check = () => verifyThroughGateway({ url, maxAgeMs: 1_000, onProgress: () => {} });
      const late = { result: 'late', violation_count: 1, late_count: 1 };
      await expect.poll(check, { timeout: 20_000 }).toMatchObject(late);
      expect((await shop.ask('GET', '/readyz')).json).toMatchObject({ checks: { books: 'late' } });
      expect(await metric(shop, 'late_orders')).toBe('0');
    });
  });

  test('ran one check at a time, and forgot none that is under way', async () => {
    const { shop } = await reopened(copyOf(dataDir));
    expect((await shop.ask('GET', '/readyz')).json).toMatchObject({ checks: { books: 'unknown' } });
    const [one, other] = await Promise.all(
      [1, 2].map(() => shop.ask('POST', '/verifications', { body: {} })),
    );
    expect(one?.status).toBe(202);
    expect(other?.json?.id).toBe(one?.json?.id);
    expect(one?.headers.get('location')).toBe(`/verifications/${one?.json?.id}`);
    expect((await shop.ask('GET', '/verifications/none')).status).toBe(404);
  });

  test('closed in the middle of a check', async () => {
    const real = await openShop(copyOf(dataDir));
    await real.shop.ask('POST', '/verifications', { body: {} });
    await real.close();
  });

  test('judged an order that is under way only later', async () => {
    const real = await reopened(copyOf(dataDir));
    const { id } = await real.shop.place(orderOf('prod_1', { customer: 'test_timeout' }));
    const report = await verified(real);
    expect(report).toMatchObject({ result: 'balanced', orders: { unfinished: 1 } });
    await real.shop.ask('POST', `/orders/${id}/cancel`, { body: {} });
  });
});
