import type { Clock } from './clock.ts';

/**
 * Repeats some work until the signal aborts, the first time at once. A run starts after the one before has ended; one
 * that fails is reported and ends nothing.
 *
 * @param intervalMs between two runs, give or take a quarter, so that the processes of a fleet do not run in step
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
