import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A strong validator made from the bytes themselves. @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 */
export const etagOf = (body: Buffer): string =>
  `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;

/**
 * Whether the client has what the validator stands for. It may name several, and a proxy that compressed the answer has
 * made its validator a weak one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export const isKnown = (etag: string, { 'if-none-match': known = '' }: IncomingHttpHeaders): boolean =>
  known.split(',').some((one) => ['*', etag, `W/${etag}`].includes(one.trim()));
