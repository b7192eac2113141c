import { afterEveryId } from '../stores/sqlite/after-every-id.ts';
import { idFromPageToken, pageSizeFrom, pageTokenFromId } from './paging.ts';

/** A page of what a participant holds about orders, in the order of their ids. */
export type OrderRange = {
  /** Only greater ids; empty for all. */
  readonly afterId: string;
  /** Up to and with this id. */
  readonly untilId: string;
  /** One more is read, to tell whether another page follows. */
  readonly limit: number;
};

/** @throws RpcServerError INVALID_ARGUMENT when we did not issue the page token. */
export const rangeFromRequest = (request: {
  readonly afterOrderId: string;
  readonly untilOrderId: string;
  readonly pageSize: number;
  readonly pageToken: string;
}): OrderRange => ({
  afterId: request.pageToken === '' ? request.afterOrderId : idFromPageToken(request.pageToken),
  untilId: request.untilOrderId === '' ? afterEveryId : request.untilOrderId,
  limit: pageSizeFrom(request.pageSize),
});

/** Drops the extra row beyond the limit, and says where the next page starts. */
export function pageFrom<Row extends { readonly orderId: string }>(
  rows: readonly Row[],
  { limit }: OrderRange,
): { readonly rows: readonly Row[]; readonly nextPageToken: string } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page,
    nextPageToken: rows.length > limit && last !== undefined ? pageTokenFromId(last.orderId) : '',
  };
}
