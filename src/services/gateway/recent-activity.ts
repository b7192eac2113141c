import type { SagaEvent } from '../../saga/event.ts';
import { createLatencies, type Latencies, mergeLatencies, quantileMs } from './latencies.ts';

/** What happened in a stretch of time. */
export type ActivityCounts = {
  readonly accepted: number;
  readonly confirmed: number;
  readonly cancelled: number;
  readonly turnedBack: number;
  readonly halted: number;
};

/** Median and 99th percentile of a duration; each absent when nothing was measured. */
export type Quantiles = { readonly p50Ms?: number; readonly p99Ms?: number };

/** Calls to one participant: ended attempts, and those of them that brought no answer. */
export type CallCounts = Quantiles & { readonly calls: number; readonly failed: number };

export type ActivityPoint = ActivityCounts & Quantiles & { readonly atMs: number };

/** What happened lately. */
export type RecentActivity = {
  /** Since when anything is known: the start of this process, or as far back as is kept. */
  readonly sinceMs: number;
  readonly counts: ActivityCounts;
  /** From acceptance to confirmation. */
  readonly toConfirm: Quantiles;
  readonly participants: ReadonlyMap<string, CallCounts>;
  /** Oldest first, one for each `pointMs`, the newest still growing. */
  readonly points: readonly ActivityPoint[];
};

export type RecentQuery = { readonly points: number; readonly pointMs: number };

export type ActivityLedger = {
  /** Counts an event that became durable. */
  note(event: SagaEvent, at: { readonly acceptedAtMs: number; readonly atMs: number }): void;
  /** @param query `pointMs` is a multiple of {@link slotMs} */
  recent(query: RecentQuery): RecentActivity;
};

/** The finest resolution in time. */
export const slotMs = 10_000;
/** How many of them are kept: an hour. */
const slotsKept = 360;

type Slot = { -readonly [K in keyof ActivityCounts]: number } & {
  readonly toConfirm: Latencies;
  readonly participants: Map<string, { calls: number; failed: number; readonly latencies: Latencies }>;
};

/** The end of a call to a participant. */
type CallEvent = Extract<SagaEvent, { readonly durationMs: number }>;

/**
 * Remembers the last hour in slots of ten seconds, at a cost that does not depend on traffic. Prometheus keeps the long
 * history; this is for those who have only the gateway.
 */
export function createActivityLedger(
  now: () => number,
  participantOf: (step: string) => string | undefined,
): ActivityLedger {
  const slots = new Map<number, Slot>();
  const startedAtMs = now();

  function slotAt(atMs: number): Slot {
    const number = Math.floor(atMs / slotMs);
    const known = slots.get(number);
    if (known !== undefined) return known;
    const made = emptySlot();
    slots.set(number, made);
    for (const old of slots.keys()) if (old <= number - slotsKept) slots.delete(old);
    return made;
  }

  function noteCall(slot: Slot, event: CallEvent): void {
    const name = participantOf(event.step);
    if (name === undefined) return;
    const calls = slot.participants.get(name) ?? { calls: 0, failed: 0, latencies: createLatencies() };
    slot.participants.set(name, calls);
    calls.calls += 1;
    calls.failed += wasAnswered(event) ? 0 : 1;
    calls.latencies.note(event.durationMs);
  }

  return {
    note(event, { acceptedAtMs, atMs }) {
      // A clock that was set back must not write into slots that are no longer kept.
      const slot = slotAt(Math.max(atMs, now() - slotsKept * slotMs));
      noteCounts(slot, event);
      if (event.type === 'SagaCompleted') slot.toConfirm.note(Math.max(0, atMs - acceptedAtMs));
      if ('durationMs' in event) noteCall(slot, event);
    },
    recent({ points, pointMs }) {
      const nowMs = now();
      const lastPoint = Math.floor(nowMs / pointMs);
      const slotsOf = (point: number): Slot[] => {
        const first = (point * pointMs) / slotMs;
        return Array.from({ length: pointMs / slotMs }, (_, index) => slots.get(first + index)).filter(
          (slot) => slot !== undefined,
        );
      };
      const byPoint = Array.from({ length: points }, (_, index) => lastPoint - points + 1 + index).map(
        (point) => ({ atMs: point * pointMs, slots: slotsOf(point) }),
      );
      const all = byPoint.flatMap((point) => point.slots);
      return {
        sinceMs: Math.max(startedAtMs, (lastPoint - points + 1) * pointMs),
        counts: sumOf(all),
        toConfirm: quantilesOf(all.map(({ toConfirm }) => toConfirm)),
        participants: participantsOf(all),
        points: byPoint.map((point) => ({
          atMs: point.atMs,
          ...sumOf(point.slots),
          ...quantilesOf(point.slots.map(({ toConfirm }) => toConfirm)),
        })),
      };
    },
  };
}

const emptySlot = (): Slot => ({
  accepted: 0,
  confirmed: 0,
  cancelled: 0,
  turnedBack: 0,
  halted: 0,
  toConfirm: createLatencies(),
  participants: new Map(),
});

function noteCounts(slot: Slot, event: SagaEvent): void {
  switch (event.type) {
    case 'SagaStarted':
      slot.accepted += 1;
      break;
    case 'SagaCompleted':
      slot.confirmed += 1;
      break;
    case 'SagaCompensated':
      slot.cancelled += 1;
      break;
    case 'CompensationStarted':
      slot.turnedBack += 1;
      break;
    case 'SagaHalted':
      slot.halted += 1;
      break;
    default:
    // Calls are counted by participant; what people decide is in the log.
  }
}

/** A refusal is an answer. */
const wasAnswered = (event: CallEvent): boolean =>
  event.type !== 'AttemptFailed' && !(event.type === 'StepInquired' && event.finding.kind === 'unanswered');

const sumOf = (slots: readonly Slot[]): ActivityCounts => {
  const sum = (count: (slot: Slot) => number): number =>
    slots.reduce((total, slot) => total + count(slot), 0);
  return {
    accepted: sum(({ accepted }) => accepted),
    confirmed: sum(({ confirmed }) => confirmed),
    cancelled: sum(({ cancelled }) => cancelled),
    turnedBack: sum(({ turnedBack }) => turnedBack),
    halted: sum(({ halted }) => halted),
  };
};

function quantilesOf(latencies: readonly Latencies[]): Quantiles {
  const counts = mergeLatencies(latencies);
  const p50Ms = quantileMs(counts, 0.5);
  const p99Ms = quantileMs(counts, 0.99);
  return p50Ms === undefined || p99Ms === undefined ? {} : { p50Ms, p99Ms };
}

function participantsOf(slots: readonly Slot[]): ReadonlyMap<string, CallCounts> {
  const names = new Set(slots.flatMap(({ participants }) => [...participants.keys()]));
  return new Map(
    [...names].map((name) => {
      const parts = slots.flatMap(({ participants }) => participants.get(name) ?? []);
      return [
        name,
        {
          calls: parts.reduce((total, { calls }) => total + calls, 0),
          failed: parts.reduce((total, { failed }) => total + failed, 0),
          ...quantilesOf(parts.map(({ latencies }) => latencies)),
        },
      ];
    }),
  );
}
