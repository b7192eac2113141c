import type { HrTime } from '@opentelemetry/api';

/** Milliseconds as the SDK has times and durations: whole seconds, and the nanoseconds beyond them. */
export function hrTimeFrom(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1_000);
  return [seconds, Math.round((milliseconds - seconds * 1_000) * 1e6)];
}
