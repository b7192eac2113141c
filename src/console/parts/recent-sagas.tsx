import { useEffect, useState } from 'preact/hooks';
import type { SagaPage, SagaRow } from '../../contract/sagas.ts';
import { useAsked, useFeed } from '../live.ts';
import { mergeChanges } from '../merge-changes.ts';
import { hrefOf } from '../place.ts';
import { Failure, NoOrders, Waiting } from './notice.tsx';
import { SagaTable } from './saga-table.tsx';

/** The newest sagas, as they come. */
export function RecentSagas({ limit }: { readonly limit: number }) {
  const { value: page, error } = useAsked<SagaPage>(`/sagas?limit=${limit}`);
  const [rows, setRows] = useState<readonly SagaRow[]>([]);
  useEffect(() => setRows(page?.sagas ?? []), [page]);
  useFeed(({ changes }) => setRows((known) => mergeChanges(known, changes, () => true).rows.slice(0, limit)));
  if (page === undefined) return error ? <Failure error={error} /> : <Waiting lines={limit} />;
  if (rows.length === 0) return <NoOrders />;
  return (
    <SagaTable sagas={rows} caption="The newest sagas">
      <p class="table-foot">
        <a href={hrefOf('/sagas')}>All sagas</a>
      </p>
    </SagaTable>
  );
}
