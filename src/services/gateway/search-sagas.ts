import { orderInputFrom } from '../../checkout/order.ts';
import type { SagaStatus } from '../../saga/state.ts';
import type { SagaLog, SagaRecord } from '../../stores/saga-log.ts';
import type { LoadedSaga, LoadSaga } from './load-saga.ts';
import { cursorFromId, idFromCursor } from './page-cursor.ts';
import { stepAtHand } from './saga-view.ts';
import { parseUuid } from './uuid.ts';

/** What to look for; everything that is given must hold. */
export type SagaSearch = {
  readonly status?: SagaStatus | undefined;
  /** The step at hand, so only unfinished sagas have one. */
  readonly step?: string | undefined;
  /** Code of what turned it back or halted it. */
  readonly reason?: string | undefined;
  readonly customerId?: string | undefined;
  readonly productId?: string | undefined;
  /** An id or the start of one, a trace id, or a part of a customer or product id. */
  readonly text?: string | undefined;
  /** Accepted at this time or later. */
  readonly fromMs?: number | undefined;
  /** Accepted before this time. */
  readonly untilMs?: number | undefined;
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
};

/** A page of what was found, newest first. */
export type FoundSagas = {
  readonly sagas: readonly LoadedSaga[];
  /** Cursor of the page after this one; absent when there are no more. */
  readonly next?: string;
  /** Sagas that were looked at for this page. */
  readonly looked: number;
};

/** @throws UnknownCursor */
export type SearchSagas = (search: SagaSearch) => Promise<FoundSagas>;

/** The cursor was not handed out by a search. */
export class UnknownCursor extends Error {
  override readonly name = 'UnknownCursor';
}

/** Ids of a customer's orders, newest first, from who has an index of them. */
export type OrdersOfCustomer = (query: {
  readonly customerId: string;
  readonly limit: number;
  readonly token: string;
}) => Promise<{ readonly ids: readonly string[]; readonly nextToken: string }>;

export type SearchBounds = {
  /** Sagas that one search looks at. Default 5 000. */
  readonly maxLooked?: number;
  /** Sagas whose events one search reads. Default 500. */
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
  /** The saga of a record when it matches. */
  async function matching(record: SagaRecord, search: SagaSearch): Promise<LoadedSaga | undefined> {
    if (!recordMatches(record, search)) return undefined;
    const saga = await load(record);
    return stateMatches(saga, search) ? saga : undefined;
  }

  async function searchLog(search: SagaSearch, range: Range): Promise<FoundSagas> {
    const wanted = mustLook(search) ? pageSize : search.limit + 1;
    const mustRead = search.step !== undefined || search.reason !== undefined;
    const sagas: LoadedSaga[] = [];
    let { beforeId } = range;
    let looked = 0;
    let read = 0;
    for (;;) {
      const page = await sagaLog.list({
        limit: wanted,
        ...(range.statuses && { statuses: range.statuses }),
        ...(beforeId !== undefined && { beforeId }),
      });
      for (const record of page) {
        if (record.id < range.fromId) return { sagas, looked };
        if (sagas.length === search.limit || looked === maxLooked || read === maxRead)
          return { sagas, looked, ...(beforeId !== undefined && { next: cursorFromId(beforeId) }) };
        looked += 1;
        beforeId = record.id;
        const saga = await matching(record, search);
        if (mustRead && recordMatches(record, search)) read += 1;
        if (saga !== undefined) sagas.push(saga);
      }
      if (page.length < wanted) return { sagas, looked };
    }
  }

  async function searchOrders(
    search: SagaSearch & { readonly customerId: string },
    range: Range,
    firstToken: string,
  ): Promise<FoundSagas> {
    const sagas: LoadedSaga[] = [];
    let token = firstToken;
    let looked = 0;
    for (let pages = 0; pages < maxOrderPages; pages += 1) {
      const { customerId } = search;
      const limit = search.limit - sagas.length;
      const page = await ordersOf({ customerId, limit, token });
      for (const id of page.ids) {
        if (id < range.fromId) return { sagas, looked };
        looked += 1;
        const record = liesIn(range, id) ? await sagaLog.get(id) : undefined;
        if (record === undefined || range.statuses?.includes(record.status) === false) continue;
        const saga = await matching(record, search);
        if (saga !== undefined) sagas.push(saga);
      }
      token = page.nextToken;
      if (token === '') return { sagas, looked };
      if (sagas.length >= search.limit) break;
    }
    return { sagas, looked, next: cursorFromToken(token) };
  }

  return async (search) => {
    const { cursor, customerId } = search;
    const place = cursor === undefined ? undefined : placeFromCursor(cursor);
    if (cursor !== undefined && place === undefined) throw new UnknownCursor();
    const range = rangeOf(search, place?.beforeId);
    if (customerId === undefined || place?.beforeId !== undefined) return searchLog(search, range);
    const ofCustomer = { ...search, customerId };
    if (place !== undefined) return searchOrders(ofCustomer, range, place.token);
    // Who looks for a customer while the order service is down needs an answer then most of all.
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
  const beforeId = idFromCursor(cursor);
  return beforeId === undefined ? undefined : { beforeId };
}

type Range = {
  /** Undefined: every status. */
  readonly statuses?: readonly SagaStatus[];
  /** No smaller id can match. */
  readonly fromId: string;
  readonly beforeId?: string;
};

const unfinished: readonly SagaStatus[] = ['running', 'compensating', 'halted'];
const turnedBack: readonly SagaStatus[] = ['compensating', 'compensated', 'halted'];

/** What the indexes can tell. Ids are UUIDv7, so a stretch of time is a range of ids. */
function rangeOf(
  { status, step, reason, text, fromMs, untilMs }: SagaSearch,
  beforeId: string | undefined,
): Range {
  const prefix = text === undefined ? undefined : idPrefixOf(text);
  const upper = [
    beforeId,
    untilMs === undefined ? undefined : idAt(untilMs),
    prefix === undefined ? undefined : `${prefix}g`,
  ].filter((id) => id !== undefined);
  const lower = [fromMs === undefined ? '' : idAt(fromMs), prefix ?? ''].toSorted();
  const [smallest] = upper.toSorted();
  const statuses = narrowed(status, step, reason);
  return {
    ...(statuses && { statuses }),
    fromId: lower.at(-1) ?? '',
    ...(smallest !== undefined && { beforeId: smallest }),
  };
}

const liesIn = ({ fromId, beforeId }: Range, id: string): boolean =>
  id >= fromId && (beforeId === undefined || id < beforeId);

function narrowed(
  status: SagaStatus | undefined,
  step: string | undefined,
  reason: string | undefined,
): readonly SagaStatus[] | undefined {
  const rows = [
    ...(status === undefined ? [] : [[status]]),
    ...(step === undefined ? [] : [unfinished]),
    ...(reason === undefined ? [] : [turnedBack]),
  ];
  if (rows.length === 0) return undefined;
  return rows.reduce((left, right) => left.filter((one) => right.includes(one)));
}

/** The smallest id of this time. @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7 */
function idAt(atMs: number): string {
  const hex = Math.max(0, atMs).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-`;
}

const idStart = /^[0-9a-f]{8}-[0-9a-f-]{0,28}$/;

/** The text when it can only be an id or its start; a trace id has no dashes. */
function idPrefixOf(text: string): string | undefined {
  const lower = text.toLowerCase();
  return parseUuid(lower) ?? (idStart.test(lower) || /^[0-9a-f]{8}$/.test(lower) ? lower : undefined);
}

const mustLook = ({ step, reason, customerId, productId, text }: SagaSearch): boolean =>
  [step, reason, customerId, productId].some((filter) => filter !== undefined) ||
  (text !== undefined && idPrefixOf(text) === undefined);

function recordMatches(record: SagaRecord, { customerId, productId, text }: SagaSearch): boolean {
  const input = orderInputFrom(record.input);
  const products = input?.items.map((item) => item.productId) ?? [];
  if (customerId !== undefined && input?.customerId !== customerId) return false;
  if (productId !== undefined && !products.includes(productId)) return false;
  if (text === undefined || idPrefixOf(text) !== undefined) return true;
  const mentioned = [record.traceparent, input?.customerId ?? '', ...products];
  return mentioned.some((one) => one.toLowerCase().includes(text.toLowerCase()));
}

function stateMatches({ state }: LoadedSaga, { step, reason }: SagaSearch): boolean {
  if (step === undefined && reason === undefined) return true;
  if (state === undefined) return false;
  if (step !== undefined && stepAtHand(state) !== step) return false;
  return reason === undefined || state.cause?.code === reason || state.halt?.cause.code === reason;
}
