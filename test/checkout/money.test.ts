import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decimalFromMinor,
  exactMinorFromDecimal,
  formatMinor,
  minorAtMost,
  minorDigitsOf,
  minorFromDecimal,
} from '../../src/checkout/money.ts';

describe('an amount of the JSON contract', () => {
  it.each([
    [50.0, 'USD', 5_000],
    [0.01, 'USD', 1],
    [0.1, 'USD', 10],
    [19.99, 'USD', 1_999],
    [1.15, 'USD', 115],
    [8.41, 'USD', 841],
    [1_000_000.07, 'EUR', 100_000_007],
    [500, 'JPY', 500],
    [1.234, 'KWD', 1_234],
    [1.2345, 'CLF', 12_345],
    [0, 'USD', 0],
    [-0, 'USD', 0],
    [2 ** 53 - 1, 'JPY', 2 ** 53 - 1],
    [70_368_744_177_663.99, 'USD', 7_036_874_417_766_399],
    [90_071_992_547_409.91, 'USD', 9_007_199_254_740_990],
  ])('%d %s is %d minor units', (amount, currency, minor) => {
    expect(minorFromDecimal(amount, currency)).toBe(minor);
  });

  it.each([
    ['three decimals of a currency with two', 50.001, 'USD'],
    ['any decimals of a currency with none', 0.5, 'JPY'],
    ['four decimals of a currency with three', 1.2345, 'KWD'],
    ['a sum that is not a number of cents', 0.1 + 0.2, 'USD'],
    ['a fraction of a cent', 0.009, 'USD'],
    ['less than any text without an exponent', 1e-7, 'USD'],
    ['the smallest double', Number.MIN_VALUE, 'USD'],
    ['a negative amount', -1, 'USD'],
    ['a negative fraction', -0.01, 'USD'],
    ['1e309, which JSON reads as infinite', JSON.parse('1e309'), 'USD'],
    ['minus infinity', Number.NEGATIVE_INFINITY, 'USD'],
    ['no number', Number.NaN, 'USD'],
    ['1e21, which is written with an exponent', 1e21, 'JPY'],
    ['2^53, the first that is not safe', 2 ** 53, 'JPY'],
    ['more cents than are safe', 90_071_992_547_409.92, 'USD'],
    ['the largest double', Number.MAX_VALUE, 'USD'],
  ])('refuses %s', (_, amount, currency) => {
    expect(minorFromDecimal(amount, currency)).toBeUndefined();
  });

  it('comes back as it was, for any amount that a double tells apart from its neighbours', () => {
    const amounts = fc.integer({ min: 0, max: 999_999_999_999_999 });
    fc.assert(
      fc.property(amounts, fc.constantFrom('USD', 'JPY', 'KWD', 'CLF'), (minor, currency) => {
        expect(minorFromDecimal(decimalFromMinor(minor, currency), currency)).toBe(minor);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is refused or exact, for any double', () => {
    fc.assert(
      fc.property(fc.double(), fc.constantFrom('USD', 'JPY', 'KWD'), (amount, currency) => {
        const minor = minorFromDecimal(amount, currency);
        if (minor === undefined) return;
        expect(Number.isSafeInteger(minor)).toBe(true);
        expect(minor).toBeGreaterThanOrEqual(0);
        expect(decimalFromMinor(minor, currency)).toEqual(Math.abs(amount));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('the decimal places of a currency', () => {
  it.each([
    ['USD', 2],
    ['EUR', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['VND', 0],
    ['KWD', 3],
    ['TND', 3],
    ['CLF', 4],
    ['UYW', 4],
    ['MRU', 2],
    // Not currencies; nothing odd may come of them either.
    ['constructor', 2],
    ['__proto__', 2],
    ['', 2],
  ])('%s has %d', (currency, digits) => {
    expect(minorDigitsOf(currency)).toBe(digits);
  });
});

describe('an amount for people', () => {
  it.each([
    [5_000, 'USD', '50.00'],
    [5, 'USD', '0.05'],
    [0, 'USD', '0.00'],
    [-5, 'USD', '-0.05'],
    [-12_345, 'USD', '-123.45'],
    [500, 'JPY', '500'],
    [0, 'JPY', '0'],
    [7, 'KWD', '0.007'],
    [2 ** 53 - 1, 'USD', '90071992547409.91'],
  ])('%d minor units of %s are written with all decimal places', (minor, currency, text) => {
    expect(formatMinor(minor, currency)).toBe(text);
  });
});

describe('an amount that was exact', () => {
  it('is the same number of minor units', () => {
    expect(exactMinorFromDecimal(19.99, 'USD')).toBe(1_999);
    expect(exactMinorFromDecimal(0, 'USD')).toBe(0);
  });

  it('is never taken for another one, or for nothing, when it is none any more', () => {
    for (const amount of [0.001, -1, 2 ** 53, Number.NaN, undefined as unknown as number])
      expect(() => exactMinorFromDecimal(amount, 'USD')).toThrow(/is no exact amount of USD$/);
  });
});

describe('a limit', () => {
  it.each([
    [500, 'USD', 50_000],
    [0.29, 'USD', 29],
    [499.99, 'JPY', 499],
    [0.999, 'USD', 99],
    [10.125, 'KWD', 10_125],
    [999_999_999_999, 'CLF', 9_999_999_999_990_000],
  ])('of %d %s is %d minor units, never more and never none', (limit, currency, minor) => {
    expect(minorAtMost(limit, currency)).toBe(minor);
  });
});
