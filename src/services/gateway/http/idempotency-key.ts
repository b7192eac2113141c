import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

/** The IETF draft's header and the seed's. They mean the same. */
const idempotencyHeaders = ['idempotency-key', 'x-idempotency-key'] as const;

const printable = /^[\x20-\x7e]{1,255}$/;
// RFC 8941, section 3.3.3: a quoted string in which only \" and \\ are escapes.
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/**
 * The request's idempotency key, written bare as in the seed or quoted as in the draft.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07
 * @throws Problem `invalid_idempotency_key`
 */
export function idempotencyKeyFrom({ headers, headersDistinct }: IncomingMessage): string | undefined {
  if (idempotencyHeaders.every((name) => headers[name] === undefined)) return undefined;
  const keys = idempotencyHeaders.flatMap((name) => (headersDistinct[name] ?? []).map(unquoted));
  const [key = '', ...others] = keys;
  if (others.some((other) => other !== key))
    throw invalidKey('was sent more than once with different values');
  if (!printable.test(key)) throw invalidKey('must be 1 to 255 printable ASCII characters');
  return key;
}

const unquoted = (value: string): string => quoted.exec(value)?.[1]?.replace(/\\(["\\])/g, '$1') ?? value;

const invalidKey = (detail: string): Problem =>
  new Problem('invalid_idempotency_key', { errors: [{ pointer: 'Idempotency-Key', detail }] });
