import { createCustomer } from './customer.ts';
import type { Survey } from './plan.ts';
import { scenarios } from './scenarios.ts';
import type { ShopLives } from './shop-lives.ts';

/**
 * Lets every scenario happen once and notes the boundaries that it passes.
 *
 * @throws Error when an order does not end as it should although nothing is killed
 */
export async function surveyScenarios(shop: Pick<ShopLives, 'current'>): Promise<readonly Survey[]> {
  const victim = shop.current();
  const customer = createCustomer((await victim.ready).url);
  const surveys: Survey[] = [];
  for (const scenario of scenarios) {
    await victim.arm({ holdCharge: scenario.cancels });
    if (scenario.cancels) void victim.holding.then(customer.cancel);
    const orderId = await customer.submit(scenario.order, `survey ${scenario.name}`);
    const end = orderId === undefined ? undefined : await customer.end(orderId);
    const expected = scenario.cancels ? 'CANCELLED' : scenario.ends[0];
    if (end !== expected)
      throw new Error(`${scenario.name}: expected the order to be ${expected}, it is ${end}`);
    surveys.push({ scenario, boundaries: await victim.passed() });
  }
  return surveys;
}
