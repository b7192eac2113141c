import { describe, expect, it } from 'vitest';
import { effectOf } from '../../src/checkout/effect.ts';
import { orderSaga } from '../../src/checkout/order-saga.ts';
import { isStepName, stepUndoneBy, wordsOf } from '../../src/checkout/order-steps.ts';

const input = {
  customerId: 'cust_1',
  currency: 'USD',
  items: [{ productId: 'prod_1', quantity: 2, priceMinor: 5_000 }],
  totalMinor: 10_000,
};

describe('the steps of an order', () => {
  it('are those of the definition, and each compensation leads back to its step', () => {
    for (const { name, compensation } of orderSaga.steps) {
      expect(isStepName(name)).toBe(true);
      if (compensation) expect(stepUndoneBy(compensation.name)).toBe(name);
    }
  });

  it('have an effect in words, and so have their compensations', () => {
    const operations = orderSaga.steps.flatMap(({ name, compensation }) => [
      name,
      ...(compensation ? [compensation.name] : []),
    ]);
    expect(operations.map((operation) => effectOf(operation, input))).toEqual([
      'record the order',
      'mark the order as cancelled',
      'reserve 2 × prod_1',
      'release 2 × prod_1',
      'charge 100.00 USD',
      'refund 100.00 USD',
      'confirm the order',
    ]);
  });

  it.each(['ship-parcel', 'constructor', '__proto__', ''])('call %j unknown and go on', (step) => {
    expect(isStepName(step)).toBe(false);
    expect(effectOf(step, input)).toBe(`do the unknown step ${step}`);
    expect(wordsOf(step).undo.what).toBe(`undoing the unknown step ${step}`);
  });
});
