import { useEffect, useRef, useState } from 'preact/hooks';
import { orderSaga } from '../../checkout/order-saga.ts';
import type { SagaStatus } from '../../saga/state.ts';
import type { SagaPage, SagaRow } from '../answers.ts';
import { ask, queryOf } from '../api.ts';
import { useAsked, useFeed } from '../live.ts';
import { mergeChanges } from '../merge-changes.ts';
import { Empty, Failure, Waiting } from '../parts/notice.tsx';
import { SagaTable } from '../parts/saga-table.tsx';
import { hrefOf, setQuery } from '../place.ts';
import { codeText, countText, plural, reasonCodes, statusWords } from '../words.ts';

const statuses: readonly SagaStatus[] = ['running', 'compensating', 'halted', 'completed', 'compensated'];
const filters = ['status', 'step', 'reason', 'customer_id', 'product_id', 'from', 'until', 'q'] as const;
const pageSize = 50;
// A page that grows for ever is slow one day; who wants more narrows the search.
const maxRows = 1_000;

/** All sagas, by anything that they can be looked for by. The address holds the filters. */
export function SagasView({ query }: { readonly query: URLSearchParams }) {
  const search = queryOf({
    ...Object.fromEntries(filters.map((name) => [name, apiValue(name, query.get(name) ?? '')])),
    limit: pageSize,
  });
  const { value: page, error, reload } = useAsked<SagaPage>(`/sagas${search}`);
  const { rows, more, setHold, held, loadMore, failure } = useRows(search, page, query, reload);
  const isFiltered = filters.some((name) => query.get(name));
  return (
    <>
      <h1>Sagas</h1>
      <Filters query={query} counts={page?.counts} />
      <Failure error={error ?? failure} />
      <div
        onPointerEnter={() => setHold(true)}
        onPointerLeave={() => setHold(false)}
        onFocusCapture={() => setHold(true)}
        onBlurCapture={() => setHold(false)}
      >
        <p class="table-note" role="status">
          {held > 0
            ? `${plural(held, 'new saga')} held back while you are in the list`
            : `${plural(rows.length, 'saga')}${more === undefined ? '' : ' so far'}, live`}
        </p>
        {page === undefined && error === undefined && <Waiting lines={12} />}
        {page !== undefined && rows.length === 0 && (
          <Nothing page={page} isFiltered={isFiltered} more={more} />
        )}
        {rows.length > 0 && (
          <SagaTable sagas={rows} caption="Sagas, newest first">
            <p class="table-foot">
              {more !== undefined && rows.length < maxRows && (
                <button type="button" onClick={() => void loadMore()}>
                  Older sagas
                </button>
              )}
              {rows.length >= maxRows && (
                <span class="muted">More than {countText(maxRows)} rows: narrow the search.</span>
              )}
            </p>
          </SagaTable>
        )}
        {rows.length === 0 && more !== undefined && (
          <p class="table-foot">
            <button type="button" onClick={() => void loadMore()}>
              Look further back
            </button>
          </p>
        )}
      </div>
    </>
  );
}

const Nothing = ({
  page,
  isFiltered,
  more,
}: {
  readonly page: SagaPage;
  readonly isFiltered: boolean;
  readonly more: string | undefined;
}) => {
  if (!isFiltered)
    return (
      <Empty title="No order has come yet.">
        <a href={hrefOf('/try')}>Submit one</a>
      </Empty>
    );
  const looked = `Looked at ${plural(page.looked, 'saga')}.`;
  return (
    <Empty title={more === undefined ? 'Nothing matches.' : 'Nothing among the newest matches.'}>
      {looked} <a href={hrefOf('/sagas')}>Show all</a>
    </Empty>
  );
};

/** The rows of all pages read so far, kept up to date by the feed. */
function useRows(search: string, page: SagaPage | undefined, query: URLSearchParams, reload: () => void) {
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
    // As many rows as before: a list that grew with every order would be slow within minutes.
    const kept = mergeChanges(rows, held, () => true).rows.slice(0, Math.max(pageSize, rows.length));
    const last = kept.at(-1);
    if (last !== undefined && kept.length < rows.length + held.length) setMore(cursorAfter(last.id));
    setRows(kept);
    setHeld([]);
  }, [hold, held]);

  useFeed(({ changes, omitted }) => {
    const fresh = changes.filter((saga) => belongs(saga, query));
    const known = new Set(rows.map(({ id }) => id));
    // Rows stand still under the pointer and the focus; what they say still changes.
    setRows((before) => mergeChanges(before, changes, () => false).rows);
    const added = fresh.filter(({ id }) => !known.has(id));
    if (added.length > 0)
      setHeld((before) => mergeChanges(before, added, () => true).rows.slice(0, pageSize));
    if (omitted > 0 && !hold) {
      // So much happens that the feed tells only a part: read the page again, but not all the time.
      reloadSoon.current ??= setTimeout(() => {
        reloadSoon.current = undefined;
        if (rows.length <= pageSize) reload();
      }, 3_000);
    }
  });
  useEffect(() => () => clearTimeout(reloadSoon.current), []);

  async function loadMore(): Promise<void> {
    if (more === undefined) return;
    try {
      const next = await ask<SagaPage>(`/sagas${search}&cursor=${encodeURIComponent(more)}`);
      setRows((known) => mergeChanges(known, next.sagas, () => true).rows);
      setMore(next.next_cursor);
      setFailure(undefined);
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
    }
  }

  return { rows, more, held: held.length, setHold, loadMore, failure };
}

/** The gateway's own cursor for "older than this saga". */
const cursorAfter = (id: string): string => btoa(id).replaceAll('=', '');

/** Whether a saga from the feed belongs into a filtered list. What only the gateway can tell does not come by itself. */
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
    is('product_id', (id) => saga.items.some((item) => item.product_id === id)) &&
    is('from', (from) => createdMs >= Date.parse(from)) &&
    is('until', (until) => createdMs < Date.parse(until)) &&
    is('q', (text) =>
      [saga.id, saga.trace_id, saga.customer_id].some((one) => one.includes(text.toLowerCase())),
    )
  );
}

/** Local times of the form become UTC for the gateway. */
function apiValue(name: string, value: string): string {
  if (value === '' || (name !== 'from' && name !== 'until')) return value;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString();
}

function Filters({
  query,
  counts,
}: {
  readonly query: URLSearchParams;
  readonly counts: SagaPage['counts'] | undefined;
}) {
  const status = query.get('status') ?? '';
  const others = ['step', 'reason', 'customer_id', 'product_id', 'from', 'until'].filter((name) =>
    query.get(name),
  );
  return (
    <section class="filters" aria-label="Filters">
      <fieldset class="chips" aria-label="Status">
        <button type="button" aria-pressed={status === ''} onClick={() => setQuery({ status: '' }, 'push')}>
          All
        </button>
        {statuses.map((one) => (
          <button
            key={one}
            type="button"
            class={`chip-${one}`}
            aria-pressed={status === one}
            onClick={() => setQuery({ status: status === one ? '' : one }, 'push')}
          >
            {statusWords[one]}{' '}
            <span class="chip-count">{counts === undefined ? '·' : countText(counts[one])}</span>
          </button>
        ))}
      </fieldset>
      <Typed name="q" label="Find" query={query} placeholder="id, trace id, customer, product" wide />
      <details open={others.length > 0}>
        <summary>More filters{others.length > 0 && <span class="count">{others.length}</span>}</summary>
        <div class="filter-grid">
          <Chosen
            name="step"
            label="Step at hand"
            query={query}
            options={orderSaga.steps.map((step) => [step.name, step.name])}
          />
          <Chosen
            name="reason"
            label="Why"
            query={query}
            options={reasonCodes.map((code) => [code, codeText(code)])}
          />
          <Typed name="customer_id" label="Customer" query={query} placeholder="whole id" />
          <Typed name="product_id" label="Product" query={query} placeholder="whole id" />
          <Typed name="from" label="From" query={query} type="datetime-local" />
          <Typed name="until" label="Until" query={query} type="datetime-local" />
        </div>
        {others.length > 0 && (
          <button
            type="button"
            onClick={() => setQuery(Object.fromEntries(others.map((name) => [name, ''])), 'push')}
          >
            Clear these
          </button>
        )}
      </details>
    </section>
  );
}

/** A filter that is typed; it counts when the typing pauses. */
function Typed({
  name,
  label,
  query,
  placeholder,
  type = 'text',
  wide = false,
}: {
  readonly name: string;
  readonly label: string;
  readonly query: URLSearchParams;
  readonly placeholder?: string;
  readonly type?: 'text' | 'datetime-local';
  readonly wide?: boolean;
}) {
  const inPlace = query.get(name) ?? '';
  const [text, setText] = useState(inPlace);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(inPlace), [inPlace]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <label class={wide ? 'wide' : ''}>
      {label}
      <input
        // Both kinds are edited as text.
        type={type as 'text'}
        name={name}
        value={text}
        maxLength={128}
        {...(placeholder !== undefined && { placeholder })}
        onInput={({ currentTarget }) => {
          const { value } = currentTarget;
          setText(value);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => setQuery({ [name]: value.trim() }), 300);
        }}
      />
    </label>
  );
}

const Chosen = ({
  name,
  label,
  query,
  options,
}: {
  readonly name: string;
  readonly label: string;
  readonly query: URLSearchParams;
  readonly options: readonly (readonly [string, string])[];
}) => (
  <label>
    {label}
    <select
      name={name}
      value={query.get(name) ?? ''}
      onChange={({ currentTarget }) => setQuery({ [name]: currentTarget.value }, 'push')}
    >
      <option value="">any</option>
      {options.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </select>
  </label>
);
