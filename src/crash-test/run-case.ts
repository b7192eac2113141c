import { createCustomer } from './customer.ts';
import type { CrashCase } from './plan.ts';
import type { End, Scenario } from './scenarios.ts';
import type { Victim } from './victim.ts';

/** What became of a case. */
export type CaseResult = {
  readonly crashCase: CrashCase;
  /** Where it was killed, in order; shorter than planned when the order had ended before. */
  readonly boundaries: readonly string[];
  readonly end: End;
  /** What is wrong, one sentence each. */
  readonly problems: readonly string[];
};

/** The one process that lives at a time. */
export type Life = {
  /** The one that was started last. */
  current(): Victim;
  /** Starts the next one. */
  next(dieInRecoveryAt?: number): Victim;
};

/** The order of a case, and what was seen of it in all lives. */
type OrderSeen = {
  readonly order: Scenario['order'];
  readonly key: string;
  orderId?: string;
  cancelAcknowledged: boolean;
  readonly problems: string[];
};

/** Runs one order through its kills, to its end. */
export async function runCase(crashCase: CrashCase, key: string, life: Life): Promise<CaseResult> {
  const { scenario, at, recoveryAt } = crashCase;
  const seen: OrderSeen = { order: scenario.order, key, cancelAcknowledged: false, problems: [] };
  const boundaries: string[] = [];
  let victim = life.current();
  await victim.ready;
  await victim.arm({ at, holdCharge: scenario.cancels });
  for (const next of [recoveryAt, undefined]) {
    const died = await oneLife(victim, seen);
    if (died.kind === 'ended') return resultOf(crashCase, seen, { boundaries, end: died.end });
    boundaries.push(died.boundary);
    victim = life.next(next);
  }
  const last = await oneLife(victim, seen);
  if (last.kind === 'died') throw new Error(`it died at ${last.boundary}, where nobody killed it`);
  return resultOf(crashCase, seen, { boundaries, end: last.end });
}

type LifeEnd =
  | { readonly kind: 'died'; readonly boundary: string }
  | { readonly kind: 'ended'; readonly end: End };

/** The order is submitted (again, if its client has no answer yet) and followed, until it ends or the process dies. */
async function oneLife(victim: Victim, seen: OrderSeen): Promise<LifeEnd> {
  const died = victim.died.then((boundary): LifeEnd => ({ kind: 'died', boundary }));
  const follow = async (): Promise<LifeEnd> => {
    const ready = await victim.ready.catch(() => undefined);
    if (ready === undefined) return died;
    const customer = createCustomer(ready.url);
    void cancelWhenHeld(victim, customer.cancel, seen);
    const orderId = await customer.submit(seen.order, seen.key);
    if (orderId === undefined) return died;
    if (seen.orderId !== undefined && seen.orderId !== orderId)
      seen.problems.push(`the key made order ${seen.orderId} before the kill and order ${orderId} after it`);
    seen.orderId = orderId;
    const end = await customer.end(orderId);
    return end === undefined ? died : { kind: 'ended', end };
  };
  return Promise.race([died, follow()]);
}

async function cancelWhenHeld(
  victim: Victim,
  cancel: (orderId: string) => Promise<boolean>,
  seen: OrderSeen,
): Promise<void> {
  // A cancel without an answer leaves the order held, which then shows as an order that does not end.
  if (await cancel(await victim.holding).catch(() => false)) seen.cancelAcknowledged = true;
}

function resultOf(
  crashCase: CrashCase,
  seen: OrderSeen,
  { boundaries, end }: Pick<CaseResult, 'boundaries' | 'end'>,
): CaseResult {
  const allowed = seen.cancelAcknowledged ? ['CANCELLED'] : crashCase.scenario.ends;
  const problems = allowed.includes(end)
    ? seen.problems
    : [...seen.problems, `order ${seen.orderId} is ${end}, but had to be ${allowed.join(' or ')}`];
  return { crashCase, boundaries, end, problems };
}
