import type { ComponentChildren, VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { SagaRow } from '../../contract/sagas.ts';
import { isTerminal } from '../../saga/state.ts';
import { useNow } from '../live.ts';
import { hrefOf } from '../place.ts';
import {
  agoText,
  codeText,
  dateText,
  durationText,
  itemsText,
  reasonParts,
  shortId,
  totalText,
} from '../words.ts';
import { StatusBadge, StepMarks } from './status.tsx';

/** Sagas as rows; each is one link, so that it is a single tab stop. */
export function SagaTable({
  sagas,
  caption,
  children,
}: {
  readonly sagas: readonly SagaRow[];
  readonly caption: string;
  /** Below the rows. */
  readonly children?: ComponentChildren;
}) {
  const nowMs = useNow(5_000);
  const rowOf = useRows();
  return (
    <div class="table-frame">
      <table class="sagas">
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Order</th>
            <th scope="col" class="wide-only">
              Customer
            </th>
            <th scope="col" class="number mid-only">
              Total
            </th>
            <th scope="col" class="mid-only">
              Steps
            </th>
            <th scope="col" class="wide-only">
              Why
            </th>
            <th scope="col" class="number">
              Started
            </th>
            <th scope="col" class="number widest-only">
              Took
            </th>
          </tr>
        </thead>
        <tbody>{sagas.map((saga) => rowOf(saga, nowMs))}</tbody>
      </table>
      {children}
    </div>
  );
}

/** Returns the same element for the same saga and time, so that it is not compared: most rows do not change. */
function useRows(): (saga: SagaRow, nowMs: number) => VNode {
  const made = useRef(new WeakMap<SagaRow, { readonly nowMs: number; readonly row: VNode }>());
  return (saga, nowMs) => {
    const known = made.current.get(saga);
    if (known?.nowMs === nowMs) return known.row;
    const row = <Row key={saga.id} saga={saga} nowMs={nowMs} />;
    made.current.set(saga, { nowMs, row });
    return row;
  };
}

function Row({ saga, nowMs }: { readonly saga: SagaRow; readonly nowMs: number }) {
  const isOver = isTerminal(saga.status);
  const tookMs = (isOver ? Date.parse(saga.updated_at) : nowMs) - Date.parse(saga.created_at);
  return (
    <tr class={`row-${saga.status}`}>
      <td>
        <StatusBadge saga={saga} />
      </td>
      <td class="order-cell">
        <a class="row-link" data-row href={hrefOf(`/sagas/${saga.id}`)}>
          {itemsText(saga.items)}
        </a>
        <code class="muted">{shortId(saga.id)}</code>
      </td>
      <td class="wide-only clip" title={saga.customer_id}>
        {saga.customer_id}
      </td>
      <td class="number mid-only">{totalText(saga)}</td>
      <td class="mid-only">
        <StepMarks steps={saga.steps} />
      </td>
      <td class="wide-only clip">
        <Why saga={saga} />
      </td>
      <td class="number" title={dateText(saga.created_at)}>
        {agoText(saga.created_at, nowMs)}
      </td>
      <td class="number widest-only">{durationText(Math.max(0, tookMs))}</td>
    </tr>
  );
}

const Why = ({ saga }: { readonly saga: SagaRow }) => {
  if (saga.reason !== undefined) {
    const { code, message } = reasonParts(saga.reason);
    return <span title={saga.reason}>{code === '' ? message : codeText(code)}</span>;
  }
  return <span class="muted">{saga.step === undefined ? '' : `at ${saga.step}`}</span>;
};
