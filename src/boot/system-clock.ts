import type { Clock } from '../engine/clock.ts';

// setTimeout cannot wait longer than this, so a longer sleep is divided.
const longestTimerMs = 2_147_483_647;

/**
 * The clock of this machine. A sleep, once begun, is measured by the monotonic clock instead: otherwise, if this clock
 * were set back, the sleeper would oversleep by as much.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleepUntil: (untilMs, signal) =>
    new Promise((resolve) => {
      const wakeAt = performance.now() + untilMs - Date.now();
      let timer: NodeJS.Timeout | undefined;
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const nap = (): void => {
        const leftMs = wakeAt - performance.now();
        if (leftMs <= 0 || signal.aborted) wake();
        else timer = setTimeout(nap, Math.min(leftMs, longestTimerMs));
      };
      signal.addEventListener('abort', wake);
      nap();
    }),
};
