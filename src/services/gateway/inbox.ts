import { shopView } from '../../checkout/shop-view.ts';
import type { SagaDefinition } from '../../saga/definition.ts';
import { cancelProblem } from '../../saga/legality.ts';
import { needsCompensation } from '../../saga/state.ts';
import type { LoadedSaga } from './load-saga.ts';
import type { Sagas } from './read-sagas.ts';
import { maxLooked, type Trouble, troubleOf } from './select-sagas.ts';

/** Halted sagas that one outage may have caused: they stand at the same step, for the same reason. */
export type InboxGroup = Trouble & {
  readonly direction: 'action' | 'compensation';
  readonly sagas: number;
  /** How many of them a cancel would undo; for the others it is too late, or they are being undone already. */
  readonly cancellable: number;
  /** Money taken, or perhaps taken, in minor units by currency. */
  readonly moneyAtRisk: ReadonlyMap<string, number>;
  /** When the first and the last of them halted. */
  readonly oldestAtMs: number;
  readonly newestAtMs: number;
  /** What the latest of them says, for operators. */
  readonly message: string;
  /** The oldest ones. */
  readonly sampleIds: readonly string[];
};

export type Inbox = {
  /** The largest first. */
  readonly groups: readonly InboxGroup[];
  /** Sagas that wait, grouped or not. */
  readonly sagas: number;
  /** Halted sagas of another version of the definition, or with a damaged log; nothing can be decided about them here. */
  readonly unreadable: number;
  /** Whether older ones exist that were not looked at. */
  readonly isPartial: boolean;
};

const pageSize = 200;
const samples = 5;

/** What waits for a person. One outage is one group, however many orders it hit. */
export async function readInbox(definition: SagaDefinition, sagas: Sagas): Promise<Inbox> {
  const groups = new Map<string, InboxGroup>();
  let counted = 0;
  let unreadable = 0;
  let beforeId: string | undefined;
  do {
    const page = await sagas.list({ status: 'halted', limit: pageSize, beforeId });
    for (const saga of page.sagas) {
      counted += 1;
      const one = groupOfOne(definition, saga);
      if (one === undefined) {
        unreadable += 1;
        continue;
      }
      const key = JSON.stringify([one.step, one.direction, one.cause, one.error]);
      const known = groups.get(key);
      groups.set(key, known ? merged(known, one) : one);
    }
    beforeId = page.nextBeforeId;
  } while (beforeId !== undefined && counted < maxLooked);
  const largestFirst = [...groups.values()].sort((a, b) => b.sagas - a.sagas || a.oldestAtMs - b.oldestAtMs);
  return { groups: largestFirst, sagas: counted, unreadable, isPartial: beforeId !== undefined };
}

function groupOfOne(definition: SagaDefinition, saga: LoadedSaga): InboxGroup | undefined {
  if (saga.state === undefined) return undefined;
  const { record, input, state } = saga;
  const trouble = troubleOf(state);
  if (state.halt === undefined || trouble === undefined) return undefined;
  const isTaken = state.steps.some((step) => step.name === shopView.moneyStep && needsCompensation(step));
  return {
    ...trouble,
    direction: state.halt.direction,
    sagas: 1,
    cancellable: cancelProblem(definition, state) === undefined ? 1 : 0,
    moneyAtRisk: new Map(isTaken ? [[input.currency, input.totalMinor]] : []),
    // Nothing is logged for a halted saga, so this is when it halted.
    oldestAtMs: record.updatedAtMs,
    newestAtMs: record.updatedAtMs,
    message: state.halt.cause.message,
    sampleIds: [record.id],
  };
}

/** Sagas come newest first, so the second one is older. */
function merged(group: InboxGroup, one: InboxGroup): InboxGroup {
  const money = new Map(group.moneyAtRisk);
  for (const [currency, amountMinor] of one.moneyAtRisk)
    money.set(currency, (money.get(currency) ?? 0) + amountMinor);
  return {
    ...group,
    sagas: group.sagas + 1,
    cancellable: group.cancellable + one.cancellable,
    moneyAtRisk: money,
    oldestAtMs: Math.min(group.oldestAtMs, one.oldestAtMs),
    newestAtMs: Math.max(group.newestAtMs, one.newestAtMs),
    message: one.newestAtMs > group.newestAtMs ? one.message : group.message,
    sampleIds: [...one.sampleIds, ...group.sampleIds].slice(0, samples),
  };
}
