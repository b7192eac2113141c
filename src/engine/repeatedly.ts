import type { Clock } from './clock.ts';

/**
 * Does some work now and then again and again until the signal aborts, each time after the last one has ended. A failure
 * is reported and ends nothing.
 *
 * @param intervalMs between two of them, give or take a quarter, so that a fleet does not do it at the same instant
 */
export async function repeatedly(
  work: () => Promise<void>,
  {
    clock,
    intervalMs,
    signal,
    onError,
  }: {
    readonly clock: Clock;
    readonly intervalMs: number;
    readonly signal: AbortSignal;
    readonly onError: (error: unknown) => void;
  },
): Promise<void> {
  while (!signal.aborted) {
    await work().catch(onError);
    const pauseMs = intervalMs * (0.75 + clock.random() / 2);
    await clock.sleepUntil(clock.now() + pauseMs, signal);
  }
}
