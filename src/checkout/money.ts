// ISO 4217 currencies whose minor unit is not 1/100. https://www.six-group.com/en/products-services/financial-information/data-standards.html
const currenciesByMinorDigits: Readonly<Record<0 | 3 | 4, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

// A map, not an object: currencies come from clients, and an object also answers to `constructor`.
const minorDigits: ReadonlyMap<string, number> = new Map(
  Object.entries(currenciesByMinorDigits).flatMap(([digits, currencies]) =>
    currencies.split(' ').map((currency) => [currency, Number(digits)] as const),
  ),
);

/** How many decimal places an amount of this currency has; 2 unless ISO 4217 says otherwise. */
export const minorDigitsOf = (currency: string): number => minorDigits.get(currency) ?? 2;

/**
 * Turns the decimal number of the JSON contract into minor units, exactly.
 *
 * Works on the shortest decimal text of the number, so no rounding happens: 50.00 is 5000, and 0.1 + 0.2 is refused
 * because it is not a number of cents. From 2^46 dollars (some 70 trillion) on, JSON numbers read as doubles are
 * coarser than a cent: there the amount is the shortest of those that the client can have written.
 *
 * @returns undefined when the amount is not an exact, safe, non-negative count of minor units
 */
export function minorFromDecimal(amount: number, currency: string): number | undefined {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(String(amount));
  if (match === null) return undefined;
  const [, whole = '', fraction = ''] = match;
  const digits = minorDigitsOf(currency);
  if (fraction.length > digits) return undefined;
  const minor = Number(whole + fraction.padEnd(digits, '0'));
  return Number.isSafeInteger(minor) ? minor : undefined;
}

/**
 * The same for an amount that was exact when it was stored. If it no longer is, no other value may stand in for it, least
 * of all 0.
 *
 * @throws RangeError when it is not an exact, safe, non-negative count of minor units
 */
export function exactMinorFromDecimal(amount: number, currency: string): number {
  const minor = minorFromDecimal(amount, currency);
  if (minor === undefined) throw new RangeError(`${amount} is no exact amount of ${currency}`);
  return minor;
}

/** The largest count of minor units that is not more than a limit which need not be exact: 499.99 is 499 yen. */
export const minorAtMost = (limit: number, currency: string): number =>
  minorFromDecimal(limit, currency) ?? Math.floor(limit * 10 ** minorDigitsOf(currency));

/** The decimal number of the JSON contract: 5000 USD cents are 50. Exact up to 15 digits. */
export const decimalFromMinor = (amountMinor: number, currency: string): number =>
  Number(formatMinor(amountMinor, currency));

/** Fixed-point text for people, without the currency: 5000 USD cents are "50.00". */
export function formatMinor(amountMinor: number | bigint, currency: string): string {
  const digits = minorDigitsOf(currency);
  const sign = amountMinor < 0 ? '-' : '';
  const text = String(amountMinor)
    .replace('-', '')
    .padStart(digits + 1, '0');
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
