/** Makes the ids of traces and spans. */
export type TraceIds = { traceId(): string; spanId(): string };

/** Ids from a source of randomness, which is asked for 4 KiB at a time. */
export function createTraceIds(randomBytes: (size: number) => Uint8Array): TraceIds {
  const poolSize = 4_096;
  let pool = '';
  let used = 0;

  function take(digits: number): string {
    if (used + digits > pool.length) {
      pool = Buffer.from(randomBytes(poolSize)).toString('hex');
      used = 0;
    }
    used += digits;
    return pool.slice(used - digits, used);
  }

  function id(digits: number): string {
    const taken = take(digits);
    return /^0+$/.test(taken) ? `${taken.slice(1)}1` : taken;
  }

  return { traceId: () => id(32), spanId: () => id(16) };
}
