import { invalidArgument } from '../rpc/server-error.ts';
import { parseUuid } from './uuid.ts';

/** The size of a page: what was asked for, or 50 when that is 0, which stands for "not said". */
export const pageSizeFrom = (asked: number): number => (asked === 0 ? 50 : asked);

/** Opaque text that says after which id the next page starts. */
export const pageTokenFromId = (lastId: string): string => Buffer.from(lastId).toString('base64url');

/** @returns undefined for a text that we did not issue */
export const parsePageToken = (token: string): string | undefined =>
  parseUuid(Buffer.from(token, 'base64url').toString());

/** @throws RpcServerError INVALID_ARGUMENT when we did not issue the token. */
export function idFromPageToken(token: string): string {
  const id = parsePageToken(token);
  if (id !== undefined) return id;
  throw invalidArgument([{ field: 'page_token', description: 'must be a next_page_token of this service' }]);
}
