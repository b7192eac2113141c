/**
 * Wakes one waiter, at the end of the event-loop turn in which it was signalled; signals of one turn count as one. A
 * signal that nobody waits for is kept for the next `wait`.
 */
export type WakeUp = { signal(): void; wait(): Promise<void> };

export function createWakeUp(): WakeUp {
  let isScheduled = false;
  let isKept = false;
  let wake: (() => void) | undefined;
  return {
    signal() {
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(() => {
        isScheduled = false;
        isKept = wake === undefined;
        wake?.();
        wake = undefined;
      });
    },
    wait() {
      if (isKept) {
        isKept = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        wake = resolve;
      });
    },
  };
}
