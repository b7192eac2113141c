import type { Json } from '../saga/json.ts';
import { orderInputFrom } from './order.ts';
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
    const order = orderInputFrom(input);
    if (order === undefined) return undefined;
    const units = order.items.reduce((sum, { quantity }) => sum + quantity, 0);
    return { currency: order.currency, amountMinor: order.totalMinor, units };
  },
} as const;
