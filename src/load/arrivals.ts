/** A stretch of time with one arrival rate. */
export type RateStep = { readonly perSecond: number; readonly durationMs: number };

/**
 * When each order is meant to be sent, in milliseconds from the start. Evenly spaced and decided before anything is
 * sent, so that a slow system cannot slow its own load down (the mistake called coordinated omission).
 */
export function* arrivals(steps: readonly RateStep[]): Generator<number, void, undefined> {
  let beganMs = 0;
  for (const { perSecond, durationMs } of steps) {
    const orders = Math.floor((perSecond * durationMs) / 1_000);
    for (let index = 0; index < orders; index += 1) yield beganMs + (index * 1_000) / perSecond;
    beganMs += durationMs;
  }
}

export const totalMsOf = (steps: readonly RateStep[]): number =>
  steps.reduce((sum, { durationMs }) => sum + durationMs, 0);

/** Orders per second over all steps. */
export const offeredPerSecond = (steps: readonly RateStep[]): number =>
  steps.reduce((sum, { perSecond, durationMs }) => sum + perSecond * durationMs, 0) / totalMsOf(steps);
