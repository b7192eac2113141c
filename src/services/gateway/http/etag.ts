import { createHash } from 'node:crypto';

/** A strong validator made from the bytes themselves. @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 */
export const etagOf = (body: Buffer): string =>
  `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
