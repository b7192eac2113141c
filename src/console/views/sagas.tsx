import type { SagaPage } from '../../contract/sagas.ts';
import { queryOf } from '../api.ts';
import { useAsked } from '../live.ts';
import { Empty, Failure, NoOrders, Waiting } from '../parts/notice.tsx';
import { SagaFilters } from '../parts/saga-filters.tsx';
import { SagaTable } from '../parts/saga-table.tsx';
import { hrefOf } from '../place.ts';
import { pageSize, useSagaRows } from '../use-saga-rows.ts';
import { countText, plural } from '../words.ts';

const filters = ['status', 'step', 'reason', 'customer_id', 'product_id', 'from', 'until', 'q'] as const;
// A page that grows without bound becomes slow; to see more, narrow the search.
const maxRows = 1_000;

/** All sagas, by anything that they can be looked for by. The address holds the filters. */
export function SagasView({ query }: { readonly query: URLSearchParams }) {
  const search = queryOf({
    ...Object.fromEntries(filters.map((name) => [name, apiValue(name, query.get(name) ?? '')])),
    limit: pageSize,
  });
  const { value: page, error, reload } = useAsked<SagaPage>(`/sagas${search}`);
  const { rows, more, setHold, held, loadMore, failure } = useSagaRows({ search, page, query, reload });
  const isFiltered = filters.some((name) => query.get(name));
  return (
    <>
      <h1>Sagas</h1>
      <SagaFilters query={query} counts={page?.counts} />
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
            {rows.length >= maxRows ? (
              <p class="table-foot muted">More than {countText(maxRows)} rows: narrow the search.</p>
            ) : (
              more !== undefined && (
                <p class="table-foot">
                  <button type="button" onClick={loadMore}>
                    Older sagas
                  </button>
                </p>
              )
            )}
          </SagaTable>
        )}
        {rows.length === 0 && more !== undefined && (
          <p class="table-foot">
            <button type="button" onClick={loadMore}>
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
  if (!isFiltered) return <NoOrders />;
  const looked = `Looked at ${plural(page.looked, 'saga')}.`;
  return (
    <Empty title={more === undefined ? 'Nothing matches.' : 'Nothing among the newest matches.'}>
      {looked} <a href={hrefOf('/sagas')}>Show all</a>
    </Empty>
  );
};

/** Local times of the form become UTC for the gateway. */
function apiValue(name: string, value: string): string {
  if (value === '' || (name !== 'from' && name !== 'until')) return value;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString();
}
