import type { Clock } from '../../src/engine/clock.ts';

/** A clock that only moves when told to. */
export type FakeClock = Clock & {
  /** Moves time forward, waking sleepers in the order they are due and letting each act before the next. */
  advance(byMs: number): Promise<void>;
  /** Advances until the condition holds. @throws Error when it still does not hold after `limitMs` of fake time. */
  advanceUntil(holds: () => boolean | Promise<boolean>, limitMs?: number): Promise<void>;
};

type Sleeper = { readonly untilMs: number; readonly wake: () => void };

/** @param random what `random()` answers; 0.999 makes each back-off as long as it gets */
export function createFakeClock(startMs = 1_700_000_000_000, random: () => number = () => 0.999): FakeClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();

  function sleepUntil(untilMs: number, signal: AbortSignal): Promise<void> {
    if (untilMs <= nowMs || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = { untilMs, wake };
      function wake(): void {
        sleepers.delete(sleeper);
        signal.removeEventListener('abort', wake);
        resolve();
      }
      sleepers.add(sleeper);
      signal.addEventListener('abort', wake);
    });
  }

  async function advance(byMs: number): Promise<void> {
    const targetMs = nowMs + byMs;
    await settled();
    for (let due = next(targetMs); due !== undefined; due = next(targetMs)) {
      nowMs = Math.max(nowMs, due.untilMs);
      due.wake();
      await settled();
    }
    nowMs = targetMs;
  }

  const next = (targetMs: number): Sleeper | undefined =>
    [...sleepers].filter(({ untilMs }) => untilMs <= targetMs).sort((a, b) => a.untilMs - b.untilMs)[0];

  async function advanceUntil(holds: () => boolean | Promise<boolean>, limitMs = 3_600_000): Promise<void> {
    const limit = nowMs + limitMs;
    await settled();
    while (!(await holds())) {
      const due = next(limit);
      if (due === undefined) throw new Error('time ran out before the condition held');
      await advance(Math.max(0, due.untilMs - nowMs));
    }
  }

  return { now: () => nowMs, random, sleepUntil, advance, advanceUntil };
}

/** Lets everything that is ready to run, run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
