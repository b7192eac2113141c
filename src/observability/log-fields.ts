import { parseTraceparent } from '../trace-context.ts';
import { logFields } from './log-field-names.ts';

/**
 * What a line is about. Names become snake_case. Values of names that sound like secrets or customer data are replaced,
 * credentials in URLs are cut out; still, put ids in here and nothing else.
 */
export type LogFields = {
  readonly sagaId?: string | undefined;
  readonly requestId?: string | undefined;
  /** W3C; becomes `trace_id` and `span_id`. */
  readonly traceparent?: string | undefined;
  /** Anything thrown; becomes type, message, code and stack, causes included. */
  readonly error?: unknown;
  readonly [name: string]: unknown;
};

const censored = '[redacted]';
const maxTextLength = 4_096;
const maxDepth = 4;
// Keys that clients choose count as secrets too: whoever knows one can replay the answer to it.
const secretName =
  /token|password|passwd|secret|authorization|cookie|credential|idempotency[-_]?key|customer|email/i;

/** The fields of a JSON line: known names as in the table, the rest in snake_case, nothing secret. */
export function logFieldsFrom({ traceparent, error, ...rest }: LogFields): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const trace = parseTraceparent(traceparent);
  if (trace !== undefined) {
    fields[logFields.traceId] = trace.traceId;
    fields[logFields.spanId] = trace.spanId;
  }
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined) fields[snakeCase(name)] = safeField(name, value, maxDepth);
  }
  if (error !== undefined) fields[logFields.error] = errorFields(error, maxDepth);
  return fields;
}

function safeField(name: string, value: unknown, depth: number): unknown {
  if (secretName.test(name)) return censored;
  if (typeof value === 'string') return safeText(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Error) return errorFields(value, depth);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '[deep]';
  if (Array.isArray(value)) return value.slice(0, 32).map((item) => safeField('', item, depth - 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, 32)
      .map(([key, inner]) => [key, safeField(key, inner, depth - 1)]),
  );
}

function errorFields(error: unknown, depth: number): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: safeText(String(error)) };
  const { code } = error as { readonly code?: unknown };
  return {
    type: error.name,
    message: safeText(error.message),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(error.stack !== undefined && { stack: safeText(error.stack) }),
    ...(error.cause !== undefined && depth > 0 && { cause: errorFields(error.cause, depth - 1) }),
  };
}

/** Without the credentials of any URL in it, and not endless. */
const safeText = (text: string): string =>
  text.slice(0, maxTextLength).replaceAll(/\/\/[^/@\s]{1,512}@/g, `//${censored}@`);

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
