import { useState } from 'preact/hooks';
import type { StockAnswer, StockListAnswer } from '../../contract/stock.ts';
import { ask } from '../api.ts';
import { useAsked } from '../live.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Empty, Failure, Waiting } from '../parts/notice.tsx';
import { OnlyFor } from '../parts/only-for.tsx';
import { hrefOf } from '../place.ts';
import { countText, plural } from '../words.ts';

/** What is on the shelf, and a way to put more on it. */
export function StockView() {
  const { value, error, reload } = useAsked<StockListAnswer>('/stock', { everyMs: 3_000 });
  const [restocked, setRestocked] = useState<StockAnswer>();
  const stock = value?.stock;
  const most = Math.max(1, ...(stock ?? []).map(({ available, reserved }) => available + reserved));
  return (
    <>
      <h1>Stock</h1>
      <Failure error={error} />
      {stock === undefined && error === undefined && <Waiting lines={4} />}
      {stock?.length === 0 && (
        <Empty title="There is no product.">Add one: ordersaga stock set PRODUCT QUANTITY</Empty>
      )}
      {stock !== undefined && stock.length > 0 && (
        <div class="table-frame">
          <table>
            <caption class="visually-hidden">Stock by product</caption>
            <thead>
              <tr>
                <th scope="col">Product</th>
                <th scope="col" class="mid-only stock-bar-head">
                  On the shelf and held
                </th>
                <th scope="col" class="number">
                  Available
                </th>
                <th scope="col" class="number">
                  Held
                </th>
                <th scope="col">
                  <span class="visually-hidden">Restock</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {stock.map((row) => (
                <tr key={row.product_id}>
                  <td class="clip">
                    <a data-row href={hrefOf('/sagas', `?product_id=${encodeURIComponent(row.product_id)}`)}>
                      {row.product_id}
                    </a>
                  </td>
                  <td class="mid-only">
                    <span class="stock-bar" aria-hidden="true">
                      <span class="stock-available" style={{ width: `${(row.available / most) * 100}%` }} />
                      <span class="stock-reserved" style={{ width: `${(row.reserved / most) * 100}%` }} />
                    </span>
                  </td>
                  <td class={`number ${row.available === 0 ? 'tone-bad' : ''}`}>
                    {row.available === 0 ? 'none' : countText(row.available)}
                  </td>
                  <td class="number">{countText(row.reserved)}</td>
                  <td class="number">
                    <OnlyFor scope="stock:write" silent>
                      <button
                        type="button"
                        onClick={() => setRestocked(row)}
                        aria-label={`Restock ${row.product_id}…`}
                      >
                        Restock…
                      </button>
                    </OnlyFor>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {stock !== undefined && (
        <p class="muted">
          Held units belong to orders, confirmed ones included. {plural(stock.length, 'product')}.
        </p>
      )}
      {restocked && (
        <Restock
          row={restocked}
          onClose={() => {
            setRestocked(undefined);
            reload();
          }}
        />
      )}
    </>
  );
}

function Restock({ row, onClose }: { readonly row: StockAnswer; readonly onClose: () => void }) {
  const [available, setAvailable] = useState(String(row.available));
  const [error, setError] = useState<Error>();
  function set(): void {
    const body = { available: Number(available) };
    ask(`/stock/${encodeURIComponent(row.product_id)}`, { method: 'PUT', body }).then(onClose, setError);
  }
  return (
    <Dialog title={`Restock ${row.product_id}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          set();
        }}
      >
        <p>How many units new orders can take from now on. Units that orders hold are not touched.</p>
        <label>
          Available
          <input
            type="number"
            min={0}
            max={1_000_000_000_000}
            step={1}
            required
            value={available}
            onInput={({ currentTarget }) => setAvailable(currentTarget.value)}
            autofocus
          />
        </label>
        <Failure error={error} />
        <footer class="dialog-foot">
          <button type="button" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" class="primary">
            Set
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
