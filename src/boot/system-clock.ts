import type { Clock } from '../engine/clock.ts';

// setTimeout cannot wait longer than this; a longer sleep is cut into naps.
const longestTimerMs = 2_147_483_647;

/**
 * The clock of this machine. A sleep is measured without it once it has begun: who sleeps while the clock is set back
 * would otherwise sleep on until it comes round again.
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
