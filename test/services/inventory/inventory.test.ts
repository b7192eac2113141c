import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  InventoryService,
  ReservationStatus,
  type ReserveResponse,
} from '../../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { type InventoryOptions, startInventory } from '../../../src/services/inventory/start.ts';
import { errorOf, nowMs, orderIdOf, type Running, type RunOptions, run } from '../running.ts';

type Inventory = Running<typeof InventoryService>['client'];

const started = ({ seedStock, ...options }: RunOptions & Pick<InventoryOptions, 'seedStock'> = {}) =>
  run(InventoryService, (all) => startInventory({ ...all, ...(seedStock && { seedStock }) }), options);

/** Reserves lines written as `{prod_1: 2}`; an array gives a product more than one line. */
async function reserve(client: Inventory, order: number, lines: Record<string, number> | [string, number][]) {
  const pairs = Array.isArray(lines) ? lines : Object.entries(lines);
  const items = pairs.map(([productId, quantity]) => ({ productId, quantity }));
  return (await client.reserve({ orderId: orderIdOf(order), items })).result;
}

const release = async (client: Inventory, order: number) =>
  (await client.release({ orderId: orderIdOf(order), reason: 'test' })).result;

/** `product: available + reserved of stocked`. */
async function shelf(client: Inventory): Promise<string[]> {
  const { stock } = await client.listStock({});
  return stock.map((s) => `${s.productId}: ${s.available} + ${s.reserved} of ${s.stocked}`);
}

const refusalOf = (result: ReserveResponse['result']) =>
  result.case === 'refusal' ? `${result.value.code}: ${result.value.message}` : undefined;

test('the first start put the initial stock on the shelf', async () => {
  const { client } = await started();
  expect(await shelf(client)).toEqual(['prod_1: 15 + 0 of 15', 'prod_2: 10 + 0 of 10', 'prod_3: 0 + 0 of 0']);
});

test('the initial stock could be another, and later starts left the shelf alone', async () => {
  const first = await started({ seedStock: JSON.parse('{"tea": 5, "__proto__": 1}') });
  await reserve(first.client, 1, { tea: 2 });
  const before = await shelf(first.client);
  expect(before).toEqual(['__proto__: 1 + 0 of 1', 'tea: 3 + 2 of 5']);
  await first.participant.close();
  const second = await started({ file: first.file, seedStock: { tea: 100, coffee: 100 } });
  expect(await shelf(second.client)).toEqual(before);
});

test('an initial stock below zero kept the service from starting', async () => {
  await expect(started({ seedStock: { tea: -1 } })).rejects.toThrow(/CHECK constraint/);
});

test('a reservation moved units from available to reserved', async () => {
  const { client } = await started();
  const result = await reserve(client, 1, { prod_1: 2, prod_2: 1 });
  expect(result).toMatchObject({
    case: 'reservation',
    value: {
      orderId: orderIdOf(1),
      status: ReservationStatus.HELD,
      items: [
        { productId: 'prod_1', quantity: 2 },
        { productId: 'prod_2', quantity: 1 },
      ],
      createdAt: { seconds: BigInt(nowMs / 1_000), nanos: 0 },
    },
  });
  expect(await shelf(client)).toContain('prod_1: 13 + 2 of 15');
  const { reservation } = await client.getReservation({ orderId: orderIdOf(1) });
  expect(reservation).toEqual(result.value);
});

test('two lines of one product counted together', async () => {
  const { client } = await started();
  const tooMany = await reserve(client, 1, [
    ['prod_2', 8],
    ['prod_2', 8],
  ]);
  expect(refusalOf(tooMany)).toBe('out_of_stock: prod_2: wanted 16, available 10');
  const enough = await reserve(client, 2, [
    ['prod_2', 4],
    ['prod_1', 1],
    ['prod_2', 6],
  ]);
  expect(enough.case).toBe('reservation');
  expect(await shelf(client)).toContain('prod_2: 0 + 10 of 10');
});

test('an order that one line could not be filled for held nothing', async () => {
  const { client } = await started();
  const before = await shelf(client);
  const result = await reserve(client, 1, { prod_1: 1, prod_3: 1 });
  expect(refusalOf(result)).toBe('out_of_stock: prod_3: wanted 1, available 0');
  expect(await shelf(client)).toEqual(before);
  const { reservation } = await client.getReservation({ orderId: orderIdOf(1) });
  expect(reservation).toMatchObject({ status: ReservationStatus.REFUSED, refusal: { code: 'out_of_stock' } });
});

test('a product that was never stocked was unknown', async () => {
  const { client } = await started();
  expect(refusalOf(await reserve(client, 1, { nothing: 1 }))).toBe('unknown_product: nothing is not stocked');
});

test('out of stock stayed out of stock for that order after a restock', async () => {
  const { client } = await started();
  const refused = await reserve(client, 1, { prod_3: 1 });
  await client.setStock({ productId: 'prod_3', available: 100n });
  expect(await reserve(client, 1, { prod_3: 1 })).toEqual(refused);
  expect((await reserve(client, 2, { prod_3: 1 })).case).toBe('reservation');
  expect(await shelf(client)).toContain('prod_3: 99 + 1 of 100');
});

test('a release gave every unit back, once', async () => {
  const { client } = await started();
  const before = await shelf(client);
  await reserve(client, 1, { prod_1: 5, prod_2: 3 });
  for (let repeat = 0; repeat < 3; repeat += 1) {
    const result = await release(client, 1);
    expect(result).toMatchObject({ case: 'reservation', value: { status: ReservationStatus.RELEASED } });
  }
  expect(await shelf(client)).toEqual(before);
});

test('a reserve that was repeated after its release held nothing', async () => {
  const { client } = await started();
  const before = await shelf(client);
  await reserve(client, 1, { prod_1: 5 });
  await release(client, 1);
  await reserve(client, 1, { prod_1: 5 });
  expect(await shelf(client)).toEqual(before);
});

test('a release of a refused reservation succeeded and gave nothing back', async () => {
  const { client } = await started();
  await reserve(client, 1, { prod_3: 1 });
  const result = await release(client, 1);
  expect(result).toMatchObject({ case: 'reservation', value: { status: ReservationStatus.REFUSED } });
  expect(await shelf(client)).toContain('prod_3: 0 + 0 of 0');
});

test('a release before any reserve was kept as a released reservation', async () => {
  const { client } = await started();
  await release(client, 1);
  const { reservation } = await client.getReservation({ orderId: orderIdOf(1) });
  expect(reservation).toMatchObject({
    status: ReservationStatus.RELEASED,
    items: [],
    refusal: { code: 'already_compensated' },
  });
});

test('setting stock changed what is available and the sum ever stocked, never what is reserved', async () => {
  const { client } = await started();
  await reserve(client, 1, { prod_1: 5 });
  const { stock: more } = await client.setStock({ productId: 'prod_1', available: 30n });
  expect(more).toMatchObject({ available: 30n, reserved: 5n, stocked: 35n });
  const { stock: less } = await client.setStock({ productId: 'prod_1', available: 0n });
  expect(less).toMatchObject({ available: 0n, reserved: 5n, stocked: 5n });
  const { stock: created } = await client.setStock({ productId: 'new', available: 7n });
  expect(created).toMatchObject({ available: 7n, reserved: 0n, stocked: 7n });
});

test('a thousand orders at once for a hundred units sold exactly a hundred', async () => {
  const { client } = await started({ seedStock: { scarce: 100 }, thread: true });
  const orders = Array.from({ length: 1_000 }, (_, order) => reserve(client, order, { scarce: 1 }));
  const results = await Promise.all(orders);
  expect(results.filter((result) => result.case === 'reservation')).toHaveLength(100);
  expect(await shelf(client)).toEqual(['scarce: 0 + 100 of 100']);
});

test.each([
  [
    'an order id that is no UUID',
    { orderId: 'one', items: [{ productId: 'prod_1', quantity: 1 }] },
    'order_id',
  ],
  ['no items', { orderId: orderIdOf(1), items: [] }, 'items'],
  [
    'a quantity of zero',
    { orderId: orderIdOf(1), items: [{ productId: 'a', quantity: 0 }] },
    'items[0].quantity',
  ],
  [
    'a negative quantity',
    { orderId: orderIdOf(1), items: [{ productId: 'a', quantity: -5 }] },
    'items[0].quantity',
  ],
])('a request with %s was invalid and left no trace', async (_, request, field) => {
  const { client } = await started();
  const error = await errorOf(client.reserve(request));
  expect(error.code).toBe('INVALID_ARGUMENT');
  expect(error.fieldViolations.map((violation) => violation.field)).toEqual([field]);
  expect((await errorOf(client.getReservation({ orderId: orderIdOf(1) }))).code).toBe('NOT_FOUND');
});

test('no order of reserves, releases and restocks lost or made a unit', async () => {
  const { client } = await started();
  let runs = 0;
  const property = fc.asyncProperty(fc.array(anyStep, { maxLength: 25 }), async (steps) => {
    runs += 1;
    const inRun = (product: string) => `${product}_of_run_${runs}`;
    const orders = Array.from({ length: 5 }, (_, order) => 10 * runs + order);
    await client.setStock({ productId: inRun('a'), available: 10n });
    await client.setStock({ productId: inRun('b'), available: 4n });
    await Promise.all(steps.map((step) => take(client, step, { orders, inRun })));
    expect(await reservedByOrders(client, orders)).toEqual(await reservedOnShelf(client, inRun('')));
  });
  await fc.assert(property, { numRuns: 60 });
});

const anyProduct = fc.constantFrom('a', 'b');
const anyOrder = fc.nat({ max: 4 });
const anyStep = fc.oneof(
  fc.record({
    kind: fc.constant('reserve' as const),
    order: anyOrder,
    lines: fc.array(fc.tuple(anyProduct, fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('release' as const), order: anyOrder }),
  fc.record({
    kind: fc.constant('restock' as const),
    product: anyProduct,
    available: fc.bigInt({ min: 0n, max: 20n }),
  }),
);
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;
type Run = { readonly orders: readonly number[]; inRun(product: string): string };

async function take(client: Inventory, step: Step, { orders, inRun }: Run): Promise<void> {
  switch (step.kind) {
    case 'reserve': {
      const lines = step.lines.map(([product, quantity]): [string, number] => [inRun(product), quantity]);
      // Another request under the same key is an error, which is one more thing that must not move stock.
      await reserve(client, orders[step.order] ?? 0, lines).catch(() => undefined);
      break;
    }
    case 'release':
      await release(client, orders[step.order] ?? 0);
      break;
    case 'restock':
      await client.setStock({ productId: inRun(step.product), available: step.available });
      break;
    default:
      step satisfies never;
  }
}

/** Units by product that the shelf counts as reserved; products of other runs are left out. */
async function reservedOnShelf(client: Inventory, suffix: string): Promise<Map<string, number>> {
  const { stock } = await client.listStock({});
  const ofRun = stock.filter(({ productId }) => productId.endsWith(suffix));
  for (const { available, reserved, stocked } of ofRun) expect(available + reserved).toBe(stocked);
  return nonZero(ofRun.map(({ productId, reserved }) => [productId, Number(reserved)]));
}

/** Units by product that the reservations of the orders hold. */
async function reservedByOrders(client: Inventory, orders: readonly number[]): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  for (const order of orders) {
    const answer = client.getReservation({ orderId: orderIdOf(order) });
    const reservation = await answer.then((found) => found.reservation).catch(() => undefined);
    if (reservation?.status !== ReservationStatus.HELD) continue;
    for (const { productId, quantity } of reservation.items)
      sums.set(productId, (sums.get(productId) ?? 0) + quantity);
  }
  return nonZero([...sums]);
}

const nonZero = (entries: [string, number][]) =>
  new Map(entries.filter(([, units]) => units > 0).sort(([one], [other]) => (one < other ? -1 : 1)));
