import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimalFromMinor, minorDigitsOf } from '../../../src/checkout/money.ts';
import { defaultLimits } from '../../../src/services/gateway/limits.ts';
import { createOrderParser } from '../../../src/services/gateway/order-request.ts';
import { orderFromInput } from '../../../src/services/gateway/order-view.ts';

const { parse } = createOrderParser(defaultLimits);
const record = { id: 'x', createdAtMs: 0, updatedAtMs: 0 };

const currency = fc.constantFrom('USD', 'JPY', 'KWD');
const id = fc.stringMatching(/^[a-z][a-z0-9_ -]{0,30}[a-z0-9]$/);
const goodOrder = currency.chain((code) =>
  fc.record({
    customer_id: id,
    currency: fc.constant(code),
    items: fc.array(
      fc.record({
        product_id: id,
        quantity: fc.integer({ min: 1, max: 10_000 }),
        price: fc.integer({ min: 1, max: 10 ** 9 }).map((minor) => decimalFromMinor(minor, code)),
      }),
      { minLength: 1, maxLength: 100 },
    ),
  }),
);

test('every good order was parsed, and its view says what the client said', () => {
  fc.assert(
    fc.property(goodOrder, (order) => {
      const parsed = parse(order);
      if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed));
      const view = orderFromInput(record, parsed.input, { status: 'PENDING' });
      expect(view).toMatchObject(order);
      const exact = 10 ** minorDigitsOf(order.currency);
      const total = order.items.reduce(
        (sum, { quantity, price }) => sum + quantity * Math.round(price * exact),
        0,
      );
      expect(Math.round(view.total * exact)).toBe(total);
    }),
  );
});

test('whatever else was sent was refused with a place and what to fix, never with an exception', () => {
  const hostile = fc.oneof(
    fc.anything(),
    fc.record({ customer_id: fc.anything(), items: fc.anything() }),
    fc.record({
      customer_id: fc.string({ unit: 'binary' }),
      items: fc.array(fc.record({ product_id: fc.anything(), quantity: fc.double(), price: fc.double() })),
    }),
  );
  fc.assert(
    fc.property(hostile, (document) => {
      const parsed = parse(document);
      if (parsed.kind === 'valid') return;
      expect(parsed.issues.length).toBeGreaterThan(0);
      for (const { pointer, detail } of parsed.issues) {
        expect(pointer).toMatch(/^#/);
        expect(detail).not.toBe('');
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  { currency: 'usd' },
  { items: [{ product_id: 'p', quantity: 0.5, price: 1 }] },
  { items: [{ product_id: 'p', quantity: 1, price: -0.001 }] },
  { customer_id: ' '.repeat(129) },
])('what is wrong with %j was said once', (wrong) => {
  const order = { customer_id: 'c', items: [{ product_id: 'p', quantity: 1, price: 1 }] };
  expect(parse({ ...order, ...wrong })).toMatchObject({ issues: [expect.anything()] });
});

test('limits can be lowered', () => {
  const strict = createOrderParser({ ...defaultLimits, maxItems: 1, maxQuantity: 2, maxIdLength: 3 });
  const order = (change: object) => ({
    customer_id: 'abc',
    items: [{ product_id: 'abc', quantity: 2, price: 1, ...change }],
  });
  expect(strict.parse(order({})).kind).toBe('valid');
  expect(strict.parse(order({ quantity: 3 }))).toMatchObject({ code: 'invalid_item' });
  expect(strict.parse(order({ product_id: 'abcd' }))).toMatchObject({ code: 'invalid_item' });
  const { items } = order({});
  expect(strict.parse({ customer_id: 'abc', items: [...items, ...items] })).toMatchObject({
    message: 'an order has at most 1 items',
  });
});
