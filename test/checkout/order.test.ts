import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OrderInput, type OrderItem, orderInputFrom, totalOf } from '../../src/checkout/order.ts';
import type { Json } from '../../src/saga/json.ts';

const line = (quantity: number, priceMinor: number): OrderItem => ({
  productId: 'prod_1',
  quantity,
  priceMinor,
});
const largest = Number.MAX_SAFE_INTEGER;

describe('the total of an order', () => {
  it('is the sum over quantity times price', () => {
    expect(totalOf([line(2, 5_000), line(1, 1)])).toBe(10_001);
    expect(totalOf([])).toBe(0);
  });

  it('may reach 2^53 - 1 and not a unit more', () => {
    expect(totalOf([line(1, largest)])).toBe(largest);
    expect(totalOf([line(1, largest), line(1, 1)])).toBeUndefined();
    expect(totalOf([line(2, largest)])).toBeUndefined();
    expect(totalOf([line(1, largest - 1), line(1, 1)])).toBe(largest);
  });

  it('does not lose a unit on the way, however large the parts', () => {
    // In doubles the product is 9007199254740992 and the sum after it stays there.
    expect(totalOf([line(3, 3_002_399_751_580_330), line(1, 1)])).toBe(largest);
    const lines = Array.from({ length: 100 }, () => line(10_000, largest));
    expect(totalOf(lines)).toBeUndefined();
  });

  it('does not depend on the order of the lines', () => {
    const anyLine = fc
      .tuple(fc.integer({ min: 1, max: 10_000 }), fc.nat(largest))
      .map(([q, p]) => line(q, p));
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 100 }), (lines) => {
        expect(totalOf(lines)).toBe(totalOf(lines.toReversed()));
      }),
    );
  });
});

describe('an order read from a log', () => {
  const order: OrderInput = {
    customerId: 'cust_1',
    currency: 'USD',
    items: [line(2, 5_000), line(1, 0)],
    totalMinor: 10_000,
  };
  const stored = (changes: Readonly<Record<string, unknown>> = {}): Json =>
    JSON.parse(JSON.stringify({ ...order, ...changes }));

  it('is the order that was stored, with its owner if it has one', () => {
    expect(orderInputFrom(stored())).toEqual(order);
    expect(orderInputFrom(stored({ owner: 'shop' }))).toEqual({ ...order, owner: 'shop' });
    expect(orderInputFrom(stored({ colour: 'red' }))).toEqual(order);
  });

  it.each<[string, Json | undefined]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'order'],
    ['a list', [stored()]],
    ['no customer', stored({ customerId: undefined })],
    ['a number for a currency', stored({ currency: 840 })],
    ['a total as text', stored({ totalMinor: '10000' })],
    ['a negative total', stored({ totalMinor: -1 })],
    ['half a cent', stored({ totalMinor: 0.5 })],
    ['a total that no number holds exactly', stored({ totalMinor: 2 ** 53 })],
    ['no items', stored({ items: undefined })],
    ['an object for items', stored({ items: {} })],
    ['an item that is null', stored({ items: [null] })],
    ['an item without its product', stored({ items: [{ quantity: 1, priceMinor: 1 }] })],
    ['a broken quantity', stored({ items: [line(1.5, 1)] })],
    ['a negative price', stored({ items: [line(1, -1)] })],
    ['an owner that is no name', stored({ owner: 7 })],
  ])('is none with %s', (_, json) => {
    expect(orderInputFrom(json)).toBeUndefined();
  });

  it('never throws, whatever the log says', () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => void orderInputFrom(json as Json)));
  });
});
