import { createRandom } from '../../src/seeded-random.ts';
import { drawFaults } from './draw-fault.ts';
import { createPicker, type Picker } from './picker.ts';
import type { Plan, PlannedOrder, Profile, Slot } from './plan.ts';
import { type Recipe, recipes } from './recipes.ts';

/** Draws a schedule: faults at random, or one of the recipes with a little at random beside it. */
export function planFromSeed(seed: number): Plan {
  const pick = createPicker(createRandom(seed));
  const slots: readonly Slot[] = pick.chance(0.45) ? ['A', 'B'] : ['A'];
  const orders = Array.from({ length: pick.int(1, pick.of([1, 2, 4])) }, (_, index) =>
    drawOrder(pick, index + 1, slots),
  );
  if (pick.chance(0.4)) return planOf(pick, { seed, slots, orders, faults: drawFaults(pick, orders, slots) });
  const focus = pick.of(orders);
  const recipe = pick.of(recipes)({ pick, order: focus.order, slot: focus.slot });
  const beside = pick.chance(0.5) ? drawFaults(pick, orders, slots).slice(0, 4) : [];
  const prepared = orders.map((order) => (order === focus ? { ...order, ...recipe.focus } : order));
  return planOf(pick, { seed, slots, orders: prepared, faults: [...recipe.faults, ...beside] }, recipe);
}

function planOf(
  pick: Picker,
  plan: Omit<Plan, 'profile'> & { readonly slots: readonly Slot[] },
  recipe?: Recipe,
): Plan {
  const { seed, slots, orders, faults } = plan;
  const jumps = faults.some(({ kind }) => kind === 'clockJump');
  const profile: Profile = {
    slots,
    // A dead owner whose clock was ahead holds its lease that much longer, unless the process table says better.
    sameHost: jumps || pick.chance(0.5),
    stock: { p1: pick.int(0, 12), p2: 20 },
    maxLive: pick.chance(0.12) ? pick.int(1, 2) : 100,
    maxCalls: pick.chance(0.15) ? pick.int(1, 3) : 100,
    recoveryConcurrency: pick.chance(0.3) ? 1 : 8,
    everyEventDurable: pick.chance(0.1),
    budgets: pick.chance(0.35) ? 'small' : 'usual',
    deadlineMs: pick.chance(0.2) ? pick.int(500, 10_000) : 900_000,
    logPace: pick.chance(0.25) ? 'slow' : 'usual',
    faultsUntilMs: 6_000,
    retriesAtEnd: pick.chance(0.7),
    ...recipe?.profile,
  };
  return { seed, profile, orders, faults };
}

function drawOrder(pick: Picker, order: number, slots: readonly Slot[]): PlannedOrder {
  const products = pick.chance(0.3) ? ['p1', 'p2'] : [pick.chance(0.7) ? 'p1' : 'p2'];
  return {
    order,
    atMs: pick.int(0, pick.chance(0.5) ? 20 : 3_000),
    slot: pick.of(slots),
    keyed: pick.chance(0.9),
    declined: pick.chance(0.2),
    items: products.map((productId) => ({
      productId,
      quantity: pick.int(1, 4),
      priceMinor: pick.int(1, 9) * 100,
    })),
  };
}
