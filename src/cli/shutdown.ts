/** Signals that ask a process to end. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type Shutdown = {
  /** Resolves at the first signal. A second one ends the process at once, with code 1. */
  readonly requested: Promise<NodeJS.Signals>;
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  /** Stops listening. */
  close(): void;
};

/** Listens for the signals that ask this process to end. Called before anything starts, so that none is missed. */
export function listenForShutdown(onImpatience: () => void): Shutdown {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  const listener = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      onImpatience();
      process.exit(1);
    }
    controller.abort();
    resolve(signal);
  };
  for (const signal of signals) process.on(signal, listener);
  return {
    requested: promise,
    signal: controller.signal,
    close() {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}
