import { useEffect, useRef, useState } from 'preact/hooks';
import { orderSaga } from '../../checkout/order-saga.ts';
import type { SagaPage } from '../../contract/sagas.ts';
import type { SagaStatus } from '../../saga/state.ts';
import { setQuery } from '../place.ts';
import { codeText, countText, reasonCodes, statusWords } from '../words.ts';

const statuses: readonly SagaStatus[] = ['running', 'compensating', 'halted', 'completed', 'compensated'];

/** Everything that sagas can be looked for by. The address holds what was chosen. */
export function SagaFilters({
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

/** A filter that is typed; it applies when the typing pauses. */
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
