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
