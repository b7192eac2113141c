import { invalidArgument } from '../rpc/server-error.ts';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** How much a page has, of what was asked for; 0 is "not said". */
export const pageSizeFrom = (asked: number): number => (asked === 0 ? 50 : asked);

/** Opaque text that says after which id the next page starts. */
export const pageTokenFromId = (lastId: string): string => Buffer.from(lastId).toString('base64url');

/** @throws RpcServerError INVALID_ARGUMENT when we did not issue the token. */
export function idFromPageToken(token: string): string {
  const id = Buffer.from(token, 'base64url').toString();
  if (uuid.test(id)) return id.toLowerCase();
  throw invalidArgument([{ field: 'page_token', description: 'must be a next_page_token of this service' }]);
}
