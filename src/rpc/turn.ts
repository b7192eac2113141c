/** A wake-up call: whoever waits for the next one gets it at the end of the event-loop turn in which it was asked for. */
export function createTurn(): { come(): void; next(): Promise<void> } {
  let scheduled = false;
  let here = false;
  let arrive: (() => void) | undefined;
  return {
    come() {
      if (scheduled) return;
      scheduled = true;
      setImmediate(() => {
        scheduled = false;
        here = arrive === undefined;
        arrive?.();
        arrive = undefined;
      });
    },
    next() {
      if (here) {
        here = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        arrive = resolve;
      });
    },
  };
}
