import type { Json } from '../saga/json.ts';
import type { OrderInput } from './order.ts';
import type { StepName } from './order-steps.ts';

/**
 * What an order is worth while its saga is unfinished, for code that shows money at risk but knows nothing about shops.
 */
export const shopView = {
  moneyStep: 'charge-payment' satisfies StepName,
  stockStep: 'reserve-stock' satisfies StepName,
  /** Undefined when the input is not an order's. */
  describe(
    input: Json,
  ): { readonly currency: string; readonly amountMinor: number; readonly units: number } | undefined {
    const { currency, totalMinor, items } = input as Partial<OrderInput>;
    if (currency === undefined || totalMinor === undefined || items === undefined) return undefined;
    const units = items.reduce((sum, { quantity }) => sum + quantity, 0);
    return { currency, amountMinor: totalMinor, units };
  },
} as const;
