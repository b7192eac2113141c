import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OrderItem, totalOf } from '../../src/checkout/order.ts';

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
