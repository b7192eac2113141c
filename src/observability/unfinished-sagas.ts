import type { Json } from '../saga/json.ts';
import { needsCompensation, type SagaState } from '../saga/state.ts';
import type { Instruments } from './instruments.ts';
import type { MetricRegistry } from './metric-registry.ts';

/** What a saga's input is worth, in the shop's words, so that this folder needs to know none of them. */
export type ShopView = {
  /** Never throws: the engine relies on it. Undefined when the input is not an order, as in a damaged log. */
  describe(input: Json): OrderValue | undefined;
  /** The step that takes the money. */
  readonly moneyStep: string;
  /** The step that holds the stock. */
  readonly stockStep: string;
};

export type OrderValue = {
  /** ISO 4217. */
  readonly currency: string;
  readonly amountMinor: number;
  readonly units: number;
};

/** Keeps what the gauges of unfinished sagas are made of, and computes them only when they are read. */
export type UnfinishedSagas = {
  note(saga: NotedSaga): void;
  forget(sagaId: string): void;
  /** Forgets those that are known as halted since before `sinceMs` and are none of these: another process took them up. */
  keepHalted(sagaIds: ReadonlySet<string>, sinceMs: number): void;
};

export type NotedSaga = {
  readonly sagaId: string;
  readonly acceptedAtMs: number;
  readonly state: SagaState;
  readonly input: Json;
};

type Entry = {
  readonly acceptedAtMs: number;
  readonly value: OrderValue | undefined;
  readonly status: 'running' | 'compensating' | 'halted';
  readonly notedAtMs: number;
  readonly moneyTaken: boolean;
  readonly stockHeld: boolean;
};

const maxTracked = 100_000;

export function trackUnfinished(
  registry: MetricRegistry,
  instruments: Instruments,
  { shop, now }: { readonly shop: ShopView; readonly now: () => number },
): UnfinishedSagas {
  const entries = new Map<string, Entry>();
  registry.beforeReading(() => publish(entries.values(), instruments, now()));

  const touched = (state: SagaState, name: string): boolean =>
    state.steps.some((step) => step.name === name && needsCompensation(step));

  return {
    note({ sagaId, acceptedAtMs, state, input }) {
      const { status } = state;
      if (status === 'completed' || status === 'compensated') return void entries.delete(sagaId);
      const known = entries.get(sagaId);
      if (known === undefined && entries.size >= maxTracked) return;
      entries.set(sagaId, {
        acceptedAtMs,
        value: known ? known.value : shop.describe(input),
        status,
        notedAtMs: now(),
        moneyTaken: touched(state, shop.moneyStep),
        stockHeld: touched(state, shop.stockStep),
      });
    },
    forget: (sagaId) => void entries.delete(sagaId),
    keepHalted(sagaIds, sinceMs) {
      for (const [sagaId, { status, notedAtMs }] of entries)
        if (status === 'halted' && notedAtMs < sinceMs && !sagaIds.has(sagaId)) entries.delete(sagaId);
    },
  };
}

function publish(entries: Iterable<Entry>, instruments: Instruments, nowMs: number): void {
  const byStatus = { running: 0, compensating: 0, halted: 0 };
  const money = new Map<string, number>();
  let units = 0;
  let oldestAtMs = nowMs;
  for (const { acceptedAtMs, value, status, moneyTaken, stockHeld } of entries) {
    byStatus[status] += 1;
    oldestAtMs = Math.min(oldestAtMs, acceptedAtMs);
    if (value === undefined) continue;
    const { currency, amountMinor } = value;
    if (moneyTaken) money.set(currency, (money.get(currency) ?? 0) + amountMinor);
    if (stockHeld) units += value.units;
  }
  instruments.sagasUnfinished.set({ status: 'running' }, byStatus.running);
  instruments.sagasUnfinished.set({ status: 'compensating' }, byStatus.compensating);
  instruments.sagasUnfinished.set({ status: 'halted' }, byStatus.halted);
  instruments.oldestUnfinishedAge.set({}, (nowMs - oldestAtMs) / 1_000);
  instruments.unitsHeld.set({}, units);
  publishMoney(instruments, money);
}

/** A currency that was at risk once stays, at 0: a series that vanishes would leave an alert undecided. */
function publishMoney({ moneyAtRisk }: Instruments, money: ReadonlyMap<string, number>): void {
  moneyAtRisk.setAll(0);
  for (const [currency, amountMinor] of money) moneyAtRisk.set({ currency }, amountMinor);
}
