import type { Plan } from './plan.ts';

/**
 * Takes faults and orders out of a failing schedule for as long as it still fails, in ever smaller pieces.
 *
 * @see https://www.debuggingbook.org/html/DeltaDebugger.html
 */
export async function shrink(plan: Plan, fails: (smaller: Plan) => Promise<boolean>): Promise<Plan> {
  const withFaults = async (start: Plan) => {
    const faults = await smallest(start.faults, (kept) => fails({ ...start, faults: kept }));
    return { ...start, faults };
  };
  const fewFaults = await withFaults(plan);
  const orders = await smallest(fewFaults.orders, (kept) => fails({ ...fewFaults, orders: kept }));
  return withFaults({ ...fewFaults, orders });
}

async function smallest<Item>(
  items: readonly Item[],
  fails: (kept: readonly Item[]) => Promise<boolean>,
): Promise<readonly Item[]> {
  let kept = items;
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < kept.length; ) {
      const fewer = [...kept.slice(0, start), ...kept.slice(start + size)];
      if (await fails(fewer)) kept = fewer;
      else start += size;
    }
  }
  return kept;
}
