import { useEffect, useRef, useState } from 'preact/hooks';
import type { SagaPage, SagaRow } from '../contract/sagas.ts';
import { ask } from './api.ts';
import { useFeed } from './live.ts';
import { mergeChanges } from './merge-changes.ts';

/** Sagas of one page. */
export const pageSize = 50;

export type SagaRowsOptions = {
  /** The query string of the first page, filters included. */
  readonly search: string;
  readonly page: SagaPage | undefined;
  /** The filters as the address has them. */
  readonly query: URLSearchParams;
  reload(): void;
};

/** The rows of all pages read so far, kept up to date by the feed. */
export function useSagaRows({ search, page, query, reload }: SagaRowsOptions) {
  const [rows, setRows] = useState<readonly SagaRow[]>([]);
  const [more, setMore] = useState<string>();
  const [failure, setFailure] = useState<Error>();
  const [held, setHeld] = useState<readonly SagaRow[]>([]);
  const [hold, setHold] = useState(false);
  const reloadSoon = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    setRows(page?.sagas ?? []);
    setMore(page?.next_cursor);
    setHeld([]);
    setFailure(undefined);
  }, [page]);

  useEffect(() => {
    if (hold || held.length === 0) return;
    // The number of rows stays the same: a list that grew with every order would be slow within minutes.
    const kept = mergeChanges(rows, held, () => true).rows.slice(0, Math.max(pageSize, rows.length));
    const last = kept.at(-1);
    if (last !== undefined && kept.length < rows.length + held.length) setMore(cursorAfter(last.id));
    setRows(kept);
    setHeld([]);
  }, [hold, held]);

  useFeed(({ changes, omitted }) => {
    const fresh = changes.filter((saga) => belongs(saga, query));
    const known = new Set(rows.map(({ id }) => id));
    // Rows do not move while pointer or focus is on them; their content still changes.
    setRows((before) => mergeChanges(before, changes, () => false).rows);
    const added = fresh.filter(({ id }) => !known.has(id));
    if (added.length > 0)
      setHeld((before) => mergeChanges(before, added, () => true).rows.slice(0, pageSize));
    if (omitted > 0 && !hold) {
      // So much happens that the feed leaves some out: read the page again, but not too often.
      reloadSoon.current ??= setTimeout(() => {
        reloadSoon.current = undefined;
        if (rows.length <= pageSize) reload();
      }, 3_000);
    }
  });
  useEffect(() => () => clearTimeout(reloadSoon.current), []);

  function loadMore(): void {
    if (more === undefined) return;
    ask<SagaPage>(`/sagas${search}&cursor=${encodeURIComponent(more)}`).then((next) => {
      setRows((known) => mergeChanges(known, next.sagas, () => true).rows);
      setMore(next.next_cursor);
      setFailure(undefined);
    }, setFailure);
  }

  return { rows, more, held: held.length, setHold, loadMore, failure };
}

/** The gateway's own cursor for "older than this saga". */
const cursorAfter = (id: string): string => btoa(id).replaceAll('=', '');

/** Whether a saga from the feed belongs in a filtered list. Where only the gateway can tell, it is left out. */
function belongs(saga: SagaRow, query: URLSearchParams): boolean {
  const is = (name: string, test: (wanted: string) => boolean): boolean => {
    const wanted = query.get(name);
    return wanted === null || wanted === '' || test(wanted);
  };
  const createdMs = Date.parse(saga.created_at);
  return (
    is('status', (status) => saga.status === status) &&
    is('step', (step) => saga.step === step) &&
    is('reason', (code) => saga.reason?.startsWith(code) ?? false) &&
    is('customer_id', (id) => saga.customer_id === id) &&
    is('product_id', (id) => saga.items?.some((item) => item.product_id === id) ?? false) &&
    is('from', (from) => createdMs >= Date.parse(from)) &&
    is('until', (until) => createdMs < Date.parse(until)) &&
    is('q', (text) =>
      [saga.id, saga.trace_id, saga.customer_id ?? ''].some((one) => one.includes(text.toLowerCase())),
    )
  );
}
