import { useEffect, useState } from 'preact/hooks';
import type { DecisionKind } from '../../contract/decisions.ts';
import type { OrderAnswer } from '../../contract/orders.ts';
import type { SagaAnswer } from '../../contract/sagas.ts';
import { isTerminal } from '../../saga/state.ts';
import { ApiProblem } from '../api.ts';
import { decisionKinds } from '../intervention.ts';
import { useAsked, useNow } from '../live.ts';
import { CommandDialog, commandWords } from '../parts/command-dialog.tsx';
import { Copyable } from '../parts/copy.tsx';
import { Diagram } from '../parts/diagram.tsx';
import { Icon } from '../parts/icon.tsx';
import { Empty, Failure, Waiting } from '../parts/notice.tsx';
import { OnlyFor } from '../parts/only-for.tsx';
import { RawLog } from '../parts/raw-log.tsx';
import { StatusBadge } from '../parts/status.tsx';
import { StoryLines } from '../parts/story-lines.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { hrefOf } from '../place.ts';
import { choiceOf, isPossible, outlookOf, readingOf } from '../reading.ts';
import { useStanding } from '../standing.ts';
import { useSaga } from '../use-saga.ts';
import { codeText, dateText, durationText, itemsText, moneyText, shortId, totalText } from '../words.ts';

/** One saga: what happened, why, where it is, and what can be done about it. */
export function SagaView({ id }: { readonly id: string }) {
  const { saga, error, reload } = useSaga(id);
  if (saga === undefined) {
    if (error instanceof ApiProblem && error.status === 404)
      return (
        <Empty title="There is no such saga.">
          <code>{id}</code>: <a href={hrefOf('/sagas')}>all sagas</a>
        </Empty>
      );
    return error ? <Failure error={error} /> : <Waiting lines={10} />;
  }
  return (
    <>
      <Failure error={error} />
      <Head saga={saga} />
      {saga.unreadable !== undefined && (
        <div class="failure">
          <Icon name="warning" />
          <div>This process cannot read the log of the saga: {saga.unreadable}. Nothing drives it.</div>
        </div>
      )}
      <Now saga={saga} onDone={reload} />
      <section aria-labelledby="diagram">
        <h2 id="diagram">Where it is</h2>
        <Diagram saga={saga} />
      </section>
      <section aria-labelledby="timeline">
        <h2 id="timeline">Timeline</h2>
        <Timeline saga={saga} />
      </section>
      <div class="columns">
        <Story saga={saga} />
        <div>
          <CustomerSees saga={saga} />
          <Handles saga={saga} />
        </div>
      </div>
      <RawLog saga={saga} />
    </>
  );
}

const Head = ({ saga }: { readonly saga: SagaAnswer }) => {
  const isOver = isTerminal(saga.status);
  const tookMs = Date.parse(saga.updated_at) - Date.parse(saga.created_at);
  return (
    <header class="saga-head">
      <p class="crumbs">
        <a href={hrefOf('/sagas')}>Sagas</a> / <Copyable text={saga.id} what="saga id" />
      </p>
      <div class="saga-title">
        <StatusBadge saga={saga} />
        <h1>{itemsText(saga.items)}</h1>
        <span class="saga-total">{totalText(saga)}</span>
      </div>
      <p class="muted">
        {saga.customer_id !== undefined && (
          <>
            For{' '}
            <a href={hrefOf('/sagas', `?customer_id=${encodeURIComponent(saga.customer_id)}`)}>
              {saga.customer_id}
            </a>
            ,{' '}
          </>
        )}
        accepted {dateText(saga.created_at)}
        {isOver && `, took ${durationText(tookMs)}`}
        {saga.recoveries > 0 && `, taken over ${saga.recoveries} times in a row`}
      </p>
    </header>
  );
};

/** What is open, what comes next, and the decisions that are possible now. */
function Now({ saga, onDone }: { readonly saga: SagaAnswer; readonly onDone: () => void }) {
  const isOver = isTerminal(saga.status);
  const nowMs = useNow(isOver ? 3_600_000 : 2_000);
  const [command, setCommand] = useState<DecisionKind>();
  const { overview } = useStanding();
  const reading = readingOf(saga.events);
  const isAway = (name: string): boolean => (overview?.participants[name]?.breaker ?? 'closed') !== 'closed';
  const outlook = reading && outlookOf(reading, { nowMs, isAway });
  const possible = decisionKinds.filter((kind) => reading && isPossible(reading, choiceOf(kind, saga)));
  const close = (done: boolean): void => {
    setCommand(undefined);
    if (done) onDone();
  };
  if (isOver && (outlook?.open.length ?? 0) === 0) return null;
  return (
    <section class={`now now-${saga.status}`} aria-label="Now">
      <div class="now-text">
        {saga.halt !== undefined && (
          <p class="headline">
            Halted at {saga.halt.step}
            {saga.halt.direction === 'compensation' ? ' while undoing it' : ''}: {codeText(saga.halt.code)}
            {saga.halt.message !== '' && <span class="detail">{saga.halt.message}</span>}
          </p>
        )}
        {outlook && outlook.open.length > 0 && (
          <ul>
            {outlook.open.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        )}
        {!isOver && outlook && <p class="next">{outlook.next.join(' ')}</p>}
      </div>
      {possible.length > 0 && (
        <div class="now-actions">
          <OnlyFor scope="sagas:operate">
            {possible.map((kind) => (
              <button
                key={kind}
                type="button"
                class={kind === 'retry' ? 'primary' : ''}
                onClick={() => setCommand(kind)}
              >
                {commandWords[kind].button}…
              </button>
            ))}
          </OnlyFor>
        </div>
      )}
      {command && (
        <CommandDialog
          intervention={{ kind: command, step: saga.halt?.step, filter: { ids: [saga.id] } }}
          subject={`saga ${shortId(saga.id)}`}
          onClose={close}
        />
      )}
    </section>
  );
}

const Story = ({ saga }: { readonly saga: SagaAnswer }) => (
  <section aria-labelledby="story">
    <h2 id="story">What happened</h2>
    <StoryLines saga={saga} />
  </section>
);

/** The order as the customer's application sees it. */
const CustomerSees = ({ saga }: { readonly saga: SagaAnswer }) => {
  const { value: shown, error, reload } = useAsked<OrderAnswer>(`/orders/${saga.id}`);
  useEffect(reload, [saga.status]);
  return (
    <section aria-labelledby="order">
      <h2 id="order">What the customer sees</h2>
      <Failure error={shown === undefined ? error : undefined} />
      {shown !== undefined && (
        <dl class="facts">
          <div>
            <dt>Order</dt>
            <dd>{shown.status}</dd>
          </div>
          {shown.reason !== undefined && (
            <div>
              <dt>Reason</dt>
              <dd>{shown.reason}</dd>
            </div>
          )}
          {shown.items.map(({ product_id, quantity, price }, index) => (
            <div key={index}>
              <dt>
                {quantity} × {product_id}
              </dt>
              <dd>{moneyText(price, shown.currency)} each</dd>
            </div>
          ))}
          <div>
            <dt>Total</dt>
            <dd>{moneyText(shown.total, shown.currency)}</dd>
          </div>
        </dl>
      )}
    </section>
  );
};

/** What is needed to look elsewhere. */
function Handles({ saga }: { readonly saga: SagaAnswer }) {
  const template = useStanding().settings?.trace_url;
  const command = `ordersaga saga explain ${saga.id}`;
  const link = template?.replaceAll('{trace_id}', encodeURIComponent(saga.trace_id));
  return (
    <section aria-labelledby="handles">
      <h2 id="handles">Elsewhere</h2>
      <dl class="facts">
        <div>
          <dt>Trace</dt>
          <dd>
            <Copyable text={saga.trace_id} shown={shortId(saga.trace_id)} what="trace id" />
            {link !== undefined && (
              <a href={link} target="_blank" rel="noreferrer noopener">
                Open <Icon name="external" />
              </a>
            )}
          </dd>
        </div>
        <div>
          <dt>Terminal</dt>
          <dd>
            <Copyable text={command} shown="ordersaga saga explain …" what="command" />
          </dd>
        </div>
        <div>
          <dt>API</dt>
          <dd>
            <Copyable
              text={`${window.location.origin}/sagas/${saga.id}`}
              shown="GET /sagas/…"
              what="API address"
            />
          </dd>
        </div>
        <div>
          <dt>Epoch</dt>
          <dd>{saga.epoch}</dd>
        </div>
        {saga.deadline_at !== undefined && (
          <div>
            <dt>Deadline</dt>
            <dd>{dateText(saga.deadline_at)}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}
