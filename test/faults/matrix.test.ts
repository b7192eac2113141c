import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { boot, type Running } from '../../src/boot.ts';
import { resolveConfig } from '../../src/config.ts';
import type { OperationDefinition, SagaDefinition } from '../../src/saga/definition.ts';
import { problemsIn } from '../support/books.ts';
import { createShop, type Shop } from '../support/shop.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let directory = '';
let running: Running;
let shop: Shop;
const acknowledged: { readonly orderId: string }[] = [];

// The real system, over real sockets, that only waits less: an unanswered call costs a third of a second.
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ordersaga-faults-'));
  const port = '0';
  const { config } = resolveConfig(
    {
      httpPort: port,
      orderPort: port,
      inventoryPort: port,
      paymentPort: port,
      sagaPort: port,
      dataDir: directory,
      logLevel: 'silent',
      enableFaults: true,
    },
    {},
  );
  running = await boot(config, { definition: hurried });
  shop = createShop(`http://${running.http?.address}`);
  await shop.setStock('prod_1', 1_000_000);
});
afterAll(async () => {
  await running.close(1_000);
  rmSync(directory, { recursive: true });
});

function hurried(definition: SagaDefinition): SagaDefinition {
  const hurry = (operation: OperationDefinition, maxAttempts: number): OperationDefinition => ({
    ...operation,
    timeoutMs: 300,
    retry: { maxAttempts, initialBackoffMs: 20, maxBackoffMs: 200 },
  });
  const steps = definition.steps.map((step) => ({
    ...step,
    ...hurry(step, step.kind === 'pivot' ? 100 : 3),
    ...('compensation' in step && step.compensation && { compensation: hurry(step.compensation, 100) }),
    ...('inquiry' in step && step.inquiry && { inquiry: hurry(step.inquiry, 3) }),
  }));
  return { ...definition, steps } as SagaDefinition;
}

type FaultsView = {
  readonly participants: readonly {
    readonly faults: readonly { readonly fault: string; readonly injected: number }[];
  }[];
};

async function setFaults(faults: readonly string[], seed = 1): Promise<void> {
  const reply = await shop.ask('PUT', '/faults', { body: { faults, seed } });
  expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
}

async function injectedOf(): Promise<ReadonlyMap<string, number>> {
  const { json } = await shop.ask('GET', '/faults');
  const { participants } = json as unknown as FaultsView;
  return new Map(
    participants.flatMap(({ faults }) => faults.map(({ fault, injected }) => [fault, injected])),
  );
}

const orderOf = (product_id: string, price: number) => ({
  customer_id: 'cust_1',
  items: [{ product_id, quantity: 1, price }],
});
/** Three that can be confirmed, one that is declined and one that is out of stock, so that undoing is part of all. */
const orders = [
  ...[1, 2, 3].map((price) => orderOf('prod_1', price)),
  orderOf('prod_1', 600),
  orderOf('prod_3', 1),
];

type Scene = 'let be' | 'cancelled while charging';

/** Submits the orders at once and waits for their ends; `ordersaga verify` is asked in the end, for all of them. */
async function run(scene: Scene = 'let be'): Promise<readonly string[]> {
  return Promise.all(
    orders.map(async (order) => {
      const { id } = await shop.place(order);
      acknowledged.push({ orderId: id });
      if (scene === 'cancelled while charging') await cancelOnceReserved(id);
      return (await shop.ended(id)).status;
    }),
  );
}

async function cancelOnceReserved(id: string): Promise<void> {
  for await (const event of shop.events(id, 0, AbortSignal.timeout(60_000))) {
    if (event.type !== 'StepSucceeded' || event.step !== 'reserve-stock') continue;
    await shop.ask('POST', `/orders/${id}/cancel`);
    return;
  }
}

// Long enough to cancel what is then charged all the same, and given back.
const slowCharge = 'payment.charge=delay:250';
const hops: readonly (readonly [string, Scene])[] = [
  ['order.createOrder', 'let be'],
  ['inventory.reserve', 'let be'],
  ['payment.charge', 'let be'],
  ['order.confirmOrder', 'let be'],
  ['order.cancelOrder', 'let be'],
  ['inventory.release', 'let be'],
  ['payment.refund', 'cancelled while charging'],
];
const faults = [
  'error-before:0.5',
  'error-after:0.5',
  'timeout-before:0.5',
  'timeout-after:0.5',
  'lost-reply:0.5',
  'duplicate',
  'delay:30',
  // Longer than the caller waits: it takes effect when something else has been decided, out of order.
  'delay:450:0.5',
];
const cells = hops.flatMap(([hop, scene]) => faults.map((fault) => [`${hop}=${fault}`, scene] as const));
/** With it the first call under a fault goes wrong and the second does not. */
const seed = 8;

it.each(cells)('brought every order to its end under %s, %s', async (fault, scene) => {
  await setFaults([fault, ...(scene === 'let be' ? [] : [slowCharge])], seed);
  const statuses = await run(scene);
  expect((await injectedOf()).get(fault)).toBeGreaterThan(0);
  expect(statuses).not.toContain('PENDING');
  expect(statuses.slice(3)).toEqual(['CANCELLED', 'CANCELLED']);
});

it.each([
  [['order.createOrder=duplicate', 'order.cancelOrder=duplicate'], 'let be'],
  [['inventory.reserve=delay:450:0.5', 'inventory.release=error-after:0.5'], 'let be'],
  [['inventory.reserve=lost-reply:0.5', 'inventory.getReservation=timeout-before:0.5'], 'let be'],
  [['payment.charge=timeout-after:0.5', 'order.confirmOrder=lost-reply:0.5'], 'let be'],
  [['payment.charge=delay:450:0.5', 'payment.refund=lost-reply:0.5'], 'cancelled while charging'],
  [['payment.charge=duplicate', 'payment.charge=lost-reply:0.5'], 'let be'],
  [['order.confirmOrder=error-after:0.5', 'order.getOrder=timeout-before:0.5'], 'let be'],
  [
    [slowCharge, 'payment.refund=duplicate', 'inventory.release=timeout-after:0.5'],
    'cancelled while charging',
  ],
] as const)('brought every order to its end under %j together, %s', async (pair, scene) => {
  await setFaults(pair, seed);
  expect(await run(scene)).not.toContain('PENDING');
});

it.each(['order', 'inventory', 'payment'])('went on by itself after a partition of %s', async (service) => {
  await setFaults([`${service}=partition`]);
  const ends = run();
  await vi.waitUntil(async () => [...(await injectedOf()).values()].some((injected) => injected >= 5), {
    timeout: 60_000,
    interval: 50,
  });
  await setFaults([]);
  expect(await ends).not.toContain('PENDING');
});

it('left books that balance', async () => {
  await setFaults([]);
  expect(acknowledged.length).toBeGreaterThan(300);
  expect(await problemsIn(directory, acknowledged)).toEqual([]);
});
