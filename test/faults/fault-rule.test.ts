import { describe, expect, it } from 'vitest';
import { parseFaultPlan, parseFaultRule, showFaultRule } from '../../src/faults/fault-rule.ts';
import { createFaultTable } from '../../src/faults/fault-table.ts';

describe('a rule', () => {
  it.each([
    ['payment.charge=lost-reply:0.1', 'payment.charge=lost-reply:0.1'],
    ['payment.charge=lost-reply:10%', 'payment.charge=lost-reply:0.1'],
    ['inventory.reserve=delay:500:50%', 'inventory.reserve=delay:500:0.5'],
    ['inventory.*=error-before', 'inventory=error-before'],
    ['order=partition', 'order=partition'],
  ])('was read from %s', (text, shown) => {
    const rule = parseFaultRule(text);
    expect(rule && showFaultRule(rule)).toBe(shown);
    expect(parseFaultRule(shown)).toEqual(rule);
  });

  it.each([
    '',
    'payment',
    'gateway.submit=error-before',
    'payment.charge=explode',
    'payment.charge=lost-reply:0',
    'payment.charge=lost-reply:1.5',
    'payment.charge=lost-reply:101%',
    'payment.charge=lost-reply:0.1:0.1',
    'inventory.reserve=delay',
    'inventory.reserve=delay:0',
    'payment.charge=partition',
    'payment=partition:0.5',
    'payment.Charge=error-before',
    'payment.charge=error-before\n',
  ])('was not read from %j', (text) => {
    expect(parseFaultRule(text)).toBeUndefined();
  });

  it('was named by its place when a list of them held one that is none', () => {
    expect(parseFaultPlan({ faults: ['order=partition', 'x'] })).toMatch(/^fault 2 must be SERVICE/);
    expect(parseFaultPlan({ faults: [], seed: -1 })).toMatch(/seed/);
    expect(parseFaultPlan([])).toMatch(/faults/);
  });
});

describe('chance', () => {
  const rules = ['payment.charge=lost-reply:0.3', 'payment=error-before:0.3'].flatMap(
    (text) => parseFaultRule(text) ?? [],
  );
  const drawn = (seed: number): string => {
    const table = createFaultTable(['charge']);
    table.set(rules, seed);
    return Array.from({ length: 200 }, () => table.draw('charge').map(({ kind }) => kind)).join();
  };

  it('was the same for the same seed, and another for another', () => {
    expect(drawn(7)).toBe(drawn(7));
    expect(drawn(7)).not.toBe(drawn(8));
  });

  it('came as often as was asked for', () => {
    const table = createFaultTable(['charge']);
    table.set(rules, 1);
    for (let call = 0; call < 2_000; call += 1) table.draw('charge');
    for (const { injected } of table.list().faults) {
      expect(injected).toBeGreaterThan(500);
      expect(injected).toBeLessThan(700);
    }
  });
});
