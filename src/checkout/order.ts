import type { Json } from '../saga/json.ts';

/** One line of an order. Lines of one product count together. */
export type OrderItem = {
  readonly productId: string;
  readonly quantity: number;
  /** Price of one unit. */
  readonly priceMinor: number;
};

/** What the order saga is started with; stored as the saga's input. */
export type OrderInput = {
  readonly customerId: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly items: readonly OrderItem[];
  readonly totalMinor: number;
  /** The token that submitted it, by name; absent when there were none. */
  readonly owner?: string;
};

/**
 * The sum over all lines.
 *
 * @returns undefined when it exceeds 2^53 - 1, the largest amount that every client language holds exactly
 */
export function totalOf(items: readonly OrderItem[]): number | undefined {
  const total = items.reduce(
    (sum, { quantity, priceMinor }) => sum + BigInt(quantity) * BigInt(priceMinor),
    0n,
  );
  return total <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(total) : undefined;
}

/**
 * Reads the order from a saga's stored input. A damaged log may have lost it, or hold anything in its place, so its shape
 * is checked. Unknown members are left out.
 *
 * @returns undefined when it is not an order: then nobody knows what was ordered, or for how much
 */
export function orderInputFrom(json: Json | undefined): OrderInput | undefined {
  if (!isObject(json)) return undefined;
  const { customerId, currency, items, totalMinor, owner } = json;
  if (typeof customerId !== 'string' || typeof currency !== 'string' || !isCount(totalMinor))
    return undefined;
  if (!Array.isArray(items) || !items.every(isItem)) return undefined;
  if (owner === undefined) return { customerId, currency, items, totalMinor };
  return typeof owner === 'string' ? { customerId, currency, items, totalMinor, owner } : undefined;
}

const isItem = (item: Json): item is OrderItem =>
  isObject(item) && typeof item.productId === 'string' && isCount(item.quantity) && isCount(item.priceMinor);

/** Of units or of minor units, as exact as a number can be. */
const isCount = (value: Json | undefined): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
