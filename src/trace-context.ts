/**
 * One span's place in a trace, as it travels in the `traceparent` of HTTP and gRPC.
 *
 * @see https://www.w3.org/TR/trace-context-1/#traceparent-header
 */
export type TraceContext = {
  /** 32 hex digits in lower case, not all zeros. */
  readonly traceId: string;
  /** 16 hex digits in lower case, not all zeros. */
  readonly spanId: string;
  /** Whether the caller records this trace. */
  readonly sampled: boolean;
};

// Every field has a fixed place, so one match tells whether the text is one, and its parts can be sliced out.
const pattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)/;
const lengthOfVersion00 = 55;

/** @returns undefined when it is malformed or absent; of a version above 00 what version 00 has too */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  if (!isTraceparent(text)) return undefined;
  return { traceId: text.slice(3, 35), spanId: text.slice(36, 52), sampled: isSampled(text) };
}

/**
 * Normalizes a traceparent from outside: of any version, it becomes one of version 00, with the only flag that version
 * knows. So inside, and in what is stored, there is one form.
 *
 * @returns undefined when it is malformed or absent
 */
export const asVersion00 = (text: string | undefined): string | undefined =>
  isTraceparent(text) ? `00${text.slice(2, 53)}${isSampled(text) ? '01' : '00'}` : undefined;

/** As version 00 writes it. */
export const traceparentFrom = ({ traceId, spanId, sampled }: TraceContext): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;

/** Versions above 00 may have more fields; version 00 may not. */
const isTraceparent = (text: string | undefined): text is string =>
  text !== undefined && pattern.test(text) && (text.length === lengthOfVersion00 || !text.startsWith('00'));

const isSampled = (text: string): boolean => (Number.parseInt(text.charAt(54), 16) & 1) === 1;
