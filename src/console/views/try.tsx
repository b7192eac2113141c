import { useState } from 'preact/hooks';
import type { NewOrder, OrderAnswer } from '../../contract/orders.ts';
import type { StockListAnswer } from '../../contract/stock.ts';
import { isTerminal } from '../../saga/state.ts';
import { ask } from '../api.ts';
import { useAsked } from '../live.ts';
import { Diagram } from '../parts/diagram.tsx';
import { FaultSwitches } from '../parts/faults.tsx';
import { Empty, Failure, Waiting } from '../parts/notice.tsx';
import { OnlyFor } from '../parts/only-for.tsx';
import { StatusBadge } from '../parts/status.tsx';
import { StoryLines } from '../parts/story-lines.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { hrefOf } from '../place.ts';
import { type Preset, presets } from '../presets.ts';
import { useStanding } from '../standing.ts';
import { useSaga } from '../use-saga.ts';
import { durationText, moneyText } from '../words.ts';

type Form = { customer: string; product: string; quantity: string; price: string };

const formFrom = ({ order }: Preset): Form => ({
  customer: order.customer,
  product: order.product,
  quantity: String(order.quantity),
  price: order.price.toFixed(2),
});

/** Submits an order and shows how it is carried out. */
export function TryView() {
  const { settings } = useStanding();
  const [first] = presets;
  const [form, setForm] = useState<Form>(
    first ? formFrom(first) : { customer: '', product: '', quantity: '1', price: '1' },
  );
  const [sent, setSent] = useState<string>();
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const { value: stock } = useAsked<StockListAnswer>('/stock');
  if (settings === undefined) return <Waiting lines={8} />;
  if (!settings.demo)
    return <Empty title="This gateway was started with --no-demo.">Orders come from the shop only.</Empty>;

  function submit(): void {
    setBusy(true);
    setError(undefined);
    const body: NewOrder = {
      customer_id: form.customer,
      items: [{ product_id: form.product, quantity: Number(form.quantity), price: Number(form.price) }],
    };
    // Browsers offer randomUUID only to pages from loopback or over TLS.
    const key = `console-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    ask<OrderAnswer>('/orders', { method: 'POST', body, headers: { 'Idempotency-Key': key } })
      .then(({ id }) => setSent(id), setError)
      .finally(() => setBusy(false));
  }

  const field = (name: keyof Form) => ({
    name,
    value: form[name],
    required: true,
    onInput: ({ currentTarget }: { readonly currentTarget: HTMLInputElement }) =>
      setForm({ ...form, [name]: currentTarget.value }),
  });
  const total = Number(form.quantity) * Number(form.price);
  return (
    <>
      <h1>Try it</h1>
      {settings.faults && <FaultSwitches />}
      <div class="try">
        <form
          class="panel"
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <Presets group="shop" title="Everyday" form={form} onChoose={setForm} />
          <Presets
            group="fault"
            title="With a fault of the payment processor"
            form={form}
            onChoose={setForm}
          />
          <div class="filter-grid">
            <label>
              Customer
              <input {...field('customer')} maxLength={128} />
            </label>
            <label>
              Product
              <input {...field('product')} maxLength={128} list="products" />
              <datalist id="products">
                {stock?.stock.map(({ product_id, available }) => (
                  <option key={product_id} value={product_id}>
                    {available} available
                  </option>
                ))}
              </datalist>
            </label>
            <label>
              Quantity
              <input {...field('quantity')} type="number" min={1} max={10_000} step={1} />
            </label>
            <label>
              Price of one, USD
              <input {...field('price')} type="number" min={0.01} step={0.01} />
            </label>
          </div>
          <Failure error={error} />
          <div class="submit-row">
            <OnlyFor scope="orders:write">
              <button type="submit" class="primary" disabled={busy}>
                Submit the order
              </button>
            </OnlyFor>
            <span class="muted">{Number.isFinite(total) && total > 0 ? moneyText(total, 'USD') : ''}</span>
          </div>
        </form>
        <section class="panel run" aria-label="The order" aria-live="polite">
          {sent === undefined ? (
            <Empty title="Submit an order to watch it here.">It runs for real, in this system.</Empty>
          ) : (
            <Run key={sent} id={sent} />
          )}
        </section>
      </div>
    </>
  );
}

const Presets = ({
  group,
  title,
  form,
  onChoose,
}: {
  readonly group: Preset['group'];
  readonly title: string;
  readonly form: Form;
  readonly onChoose: (form: Form) => void;
}) => (
  <fieldset class="presets">
    <legend>{title}</legend>
    {presets
      .filter((preset) => preset.group === group)
      .map((preset) => {
        const filled = formFrom(preset);
        const isChosen = Object.entries(filled).every(([name, value]) => form[name as keyof Form] === value);
        return (
          <button key={preset.name} type="button" aria-pressed={isChosen} onClick={() => onChoose(filled)}>
            <b>{preset.name}</b>
            <span>{preset.expect}</span>
          </button>
        );
      })}
  </fieldset>
);

function Run({ id }: { readonly id: string }) {
  const { saga, error } = useSaga(id);
  if (saga === undefined) return error ? <Failure error={error} /> : <Waiting lines={6} />;
  const isOver = isTerminal(saga.status);
  const tookMs = Date.parse(saga.updated_at) - Date.parse(saga.created_at);
  return (
    <>
      <p class="run-head">
        <StatusBadge saga={saga} />
        <span>
          {isOver ? `in ${durationText(tookMs)}` : saga.step === undefined ? '' : `at ${saga.step}`}
        </span>
        <a href={hrefOf(`/sagas/${id}`)}>Whole saga</a>
      </p>
      <Diagram saga={saga} />
      <Timeline saga={saga} />
      <StoryLines saga={saga} />
    </>
  );
}
