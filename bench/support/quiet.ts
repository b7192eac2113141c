import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const lookMs = 500;
/** Of the time of all processors. */
const quietShare = 0.95;
/** In a row. */
const quietLooks = 4;
const longestMs = 60_000;

/** Waits until the machine is idle, for a minute at most: what was measured last may still have work to do. */
export async function untilQuiet(): Promise<void> {
  const givesUpAt = performance.now() + longestMs;
  let quiet = 0;
  for (let before = times(); quiet < quietLooks && performance.now() < givesUpAt; ) {
    await sleep(lookMs);
    const after = times();
    quiet = (after.idle - before.idle) / (after.all - before.all) >= quietShare ? quiet + 1 : 0;
    before = after;
  }
}

function times(): { readonly idle: number; readonly all: number } {
  const each = cpus().map(({ times: { user, nice, sys, idle, irq } }) => ({
    idle,
    all: user + nice + sys + idle + irq,
  }));
  return each.reduce((sum, one) => ({ idle: sum.idle + one.idle, all: sum.all + one.all }));
}
