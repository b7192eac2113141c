/**
 * One span's place in a trace, as it travels.
 *
 * @see https://www.w3.org/TR/trace-context/
 */
export type TraceContext = {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** Whether the caller records this trace. */
  readonly sampled: boolean;
};

// Versions above 00 may have more fields; those are left out, as the W3C asks.
const pattern = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;

/** @returns undefined when it is malformed or absent */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  const [, version, traceId, spanId, flags] = pattern.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === '00' && text?.length !== 55) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export const traceparentFrom = ({ traceId, spanId, sampled }: TraceContext): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;

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
