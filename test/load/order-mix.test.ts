import { describe, expect, it } from 'vitest';
import { createOrderMix, orderBody } from '../../src/load/order-mix.ts';

describe('a mix of orders', () => {
  it('has each kind by its share, in every stretch', () => {
    const next = createOrderMix({ happy: 8, declined: 1, 'out-of-stock': 1 });
    for (let stretch = 0; stretch < 3; stretch += 1) {
      const kinds = Array.from({ length: 10 }, next);
      expect(kinds.filter((kind) => kind === 'happy')).toHaveLength(8);
      expect(kinds.filter((kind) => kind === 'declined')).toHaveLength(1);
    }
  });

  it('of nothing is refused', () => {
    expect(() => createOrderMix({ happy: 0, declined: 0, 'out-of-stock': 0 })).toThrow(RangeError);
  });

  it('is made of orders that are JSON', () => {
    expect(JSON.parse(orderBody('out-of-stock', 7)).items[0].product_id).toBe('load_none');
    expect(JSON.parse(orderBody('declined', 7)).items[0].price).toBeGreaterThan(500);
  });
});
