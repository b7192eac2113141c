// The first and the last that a Date can hold. https://tc39.es/ecma262/#sec-time-values-and-time-range
const longestMs = 8.64e15;

/** RFC 3339 in UTC. A time outside the calendar, as in a damaged row, is shown as the nearest one inside. */
export const isoFrom = (ms: number): string =>
  new Date(Math.min(longestMs, Math.max(-longestMs, ms))).toISOString();
