import type { SagaLog, SagaRecord } from '../../stores/saga-log.ts';
import { pageTokenFromId, parsePageToken } from '../paging.ts';
import type { LoadedSaga, LoadSaga } from './load-saga.ts';
import { match, mustLook, stateMatches, type Verdict } from './search-match.ts';
import { liesIn, type Range, rangeOf, type SagaSearch } from './search-range.ts';

/** A page of what was found, newest first. */
export type FoundSagas = {
  readonly sagas: readonly LoadedSaga[];
  /** Cursor of the page after this one; absent when there are no more. */
  readonly next?: string;
  /** Sagas that were looked at for this page. */
  readonly looked: number;
};

/** @throws UnknownCursor, or what {@link OrdersOfCustomer} throws for a page that goes on where it ended */
export type SearchSagas = (search: SagaSearch) => Promise<FoundSagas>;

/** The cursor was not handed out by a search. */
export class UnknownCursor extends Error {
  override readonly name = 'UnknownCursor';
}

/** Ids of a customer's orders, newest first, from the service that has an index of them. */
export type OrdersOfCustomer = (query: {
  readonly customerId: string;
  readonly limit: number;
  readonly token: string;
}) => Promise<{ readonly ids: readonly string[]; readonly nextToken: string }>;

export type SearchBounds = {
  /** The most sagas that one search looks at. Default 5 000. */
  readonly maxLooked?: number;
  /** The most sagas whose events one search reads. Default 500. */
  readonly maxRead?: number;
};

const pageSize = 250;
const maxOrderPages = 5;

/**
 * Finds sagas. Status, times, ids and starts of ids are ranges of an index. The step is looked for among unfinished
 * sagas only. A customer's are found with the order service's index. For the rest there is no index, because each would
 * cost every order a write: the search looks through the sagas that the indexed filters leave, newest first, and stops
 * at a bound; the next page goes on from there.
 */
export function createSearchSagas(
  {
    sagaLog,
    load,
    ordersOf,
  }: {
    readonly sagaLog: Pick<SagaLog, 'get' | 'list'>;
    readonly load: LoadSaga;
    readonly ordersOf: OrdersOfCustomer;
  },
  { maxLooked = 5_000, maxRead = 500 }: SearchBounds = {},
): SearchSagas {
  async function searchLog(search: SagaSearch, range: Range): Promise<FoundSagas> {
    const limit = mustLook(search) ? pageSize : search.limit + 1;
    const sagas: LoadedSaga[] = [];
    let left: Budget = { sagas: search.limit, looked: maxLooked, read: maxRead };
    let { beforeId } = range;
    for (;;) {
      const page = await sagaLog.list({
        limit,
        ...(range.statuses && { statuses: range.statuses }),
        ...(beforeId !== undefined && { beforeId }),
      });
      const within = page.filter(({ id }) => id >= range.fromId);
      const seen = await lookAt(within, search, left);
      sagas.push(...seen.sagas);
      left = seen.left;
      beforeId = within[seen.count - 1]?.id ?? beforeId;
      const looked = maxLooked - left.looked;
      if (seen.count < within.length)
        return { sagas, looked, ...(beforeId !== undefined && { next: pageTokenFromId(beforeId) }) };
      if (within.length < limit) return { sagas, looked };
    }
  }

  /** Looks at records in order as far as the budget goes; the events it needs are read all at once. */
  async function lookAt(
    records: readonly SagaRecord[],
    search: SagaSearch,
    budget: Budget,
  ): Promise<{ readonly sagas: readonly LoadedSaga[]; readonly count: number; readonly left: Budget }> {
    const looks = affordable(records, search, budget);
    const loaded = await Promise.all(
      looks.map(({ record, verdict }) => (verdict === 'no' ? undefined : load(record))),
    );
    const sagas: LoadedSaga[] = [];
    let left = budget;
    let count = 0;
    for (const { verdict } of looks) {
      // More sagas than were wanted may match among those whose state had to be read.
      if (left.sagas === 0) break;
      const saga = loaded[count];
      const isFound = saga !== undefined && stateMatches(saga, search);
      if (isFound) sagas.push(saga);
      left = after(left, verdict, isFound);
      count += 1;
    }
    return { sagas, count, left };
  }

  async function searchOrders(
    search: SagaSearch & { readonly customerId: string },
    range: Range,
    firstToken: string,
  ): Promise<FoundSagas> {
    const { customerId } = search;
    const sagas: LoadedSaga[] = [];
    let token = firstToken;
    let looked = 0;
    for (let pages = 0; pages < maxOrderPages; pages += 1) {
      const page = await ordersOf({ customerId, limit: search.limit - sagas.length, token });
      const within = page.ids.filter((id) => id >= range.fromId);
      const found = await Promise.all(within.map((id) => findOne(id, search, range)));
      looked += within.length;
      sagas.push(...found.filter((saga) => saga !== undefined));
      token = page.nextToken;
      if (token === '' || within.length < page.ids.length) return { sagas, looked };
      if (sagas.length >= search.limit) break;
    }
    return { sagas, looked, next: cursorFromToken(token) };
  }

  async function findOne(id: string, search: SagaSearch, range: Range): Promise<LoadedSaga | undefined> {
    const record = liesIn(range, id) ? await sagaLog.get(id) : undefined;
    if (record === undefined || range.statuses?.includes(record.status) === false) return undefined;
    if (match(record, search) === 'no') return undefined;
    const saga = await load(record);
    return stateMatches(saga, search) ? saga : undefined;
  }

  return async (search) => {
    const { cursor, customerId } = search;
    const place = cursor === undefined ? undefined : placeFromCursor(cursor);
    // Only the pages of a customer end with a token.
    const goesOn = place !== undefined && (place.token === undefined || customerId !== undefined);
    if (cursor !== undefined && !goesOn) throw new UnknownCursor();
    const range = rangeOf(search, place?.beforeId);
    if (customerId === undefined || place?.beforeId !== undefined) return searchLog(search, range);
    const ofCustomer = { ...search, customerId };
    if (place !== undefined) return searchOrders(ofCustomer, range, place.token);
    // Whoever looks for a customer's orders needs an answer most of all while the order service is down.
    return searchOrders(ofCustomer, range, '').catch(() => searchLog(search, range));
  };
}

// Told apart from ids by its first character, which no id has.
const tokenMark = '~';
const cursorFromToken = (token: string): string => Buffer.from(tokenMark + token).toString('base64url');

type Place =
  | { readonly beforeId: string; readonly token?: never }
  | { readonly token: string; readonly beforeId?: never };

function placeFromCursor(cursor: string): Place | undefined {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (text.startsWith(tokenMark)) return { token: text.slice(1) };
  const beforeId = parsePageToken(cursor);
  return beforeId === undefined ? undefined : { beforeId };
}

/** How many sagas one search may still find, look at, and read the events of. */
type Budget = { readonly sagas: number; readonly looked: number; readonly read: number };

const isSpent = ({ sagas, looked, read }: Budget): boolean => sagas === 0 || looked === 0 || read === 0;

/** What is left of the budget after one more record. */
const after = ({ sagas, looked, read }: Budget, verdict: Verdict, isFound: boolean): Budget => ({
  sagas: isFound ? sagas - 1 : sagas,
  looked: looked - 1,
  read: verdict === 'needsEvents' ? read - 1 : read,
});

type Look = { readonly record: SagaRecord; readonly verdict: Verdict };

/** The records that the budget pays for when none of those matches whose state must tell. */
function affordable(records: readonly SagaRecord[], search: SagaSearch, budget: Budget): readonly Look[] {
  const looks: Look[] = [];
  let left = budget;
  for (const record of records) {
    if (isSpent(left)) break;
    const verdict = match(record, search);
    left = after(left, verdict, verdict === 'yes');
    looks.push({ record, verdict });
  }
  return looks;
}
