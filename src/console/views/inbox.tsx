import { useEffect, useRef, useState } from 'preact/hooks';
import type { DecisionKind, InboxAnswer, InboxGroupAnswer, SagaFilter } from '../../contract/decisions.ts';
import type { SagaPage, SagaSummaryAnswer } from '../../contract/sagas.ts';
import { filterOf, keyOf, membersOf, titleOf } from '../inbox-groups.ts';
import { decisionKinds } from '../intervention.ts';
import { useAsked, useFeed, useNow } from '../live.ts';
import { CommandDialog, commandWords } from '../parts/command-dialog.tsx';
import { Empty, Failure, Waiting } from '../parts/notice.tsx';
import { OnlyFor } from '../parts/only-for.tsx';
import { StepMarks } from '../parts/status.tsx';
import { hrefOf } from '../place.ts';
import { agoText, countText, itemsText, moneyText, plural, shortId, totalText } from '../words.ts';

// One page of rows. A decision about a whole group still covers all of it.
const limit = 200;

/** Everything that waits for a person, by cause. */
export function InboxView() {
  const groups = useAsked<InboxAnswer>('/inbox', { everyMs: 10_000 });
  const rows = useAsked<SagaPage>(`/sagas?status=halted&limit=${limit}`, { everyMs: 10_000 });
  const inbox = groups.value;
  const page = rows.value;
  const error = groups.error ?? rows.error;
  const reload = (): void => {
    groups.reload();
    rows.reload();
  };
  useReloadOnChange(page, reload);
  return (
    <>
      <h1>Inbox</h1>
      <p class="lead">
        Sagas that cannot go on by themselves. Nothing is lost while they wait, but money or stock may be in
        the wrong place.
      </p>
      <Failure error={error} />
      {inbox === undefined && error === undefined && <Waiting lines={6} />}
      {inbox?.groups.length === 0 && inbox.unreadable === 0 && (
        <Empty title="Nothing waits for you.">
          A saga comes here when it can neither finish nor be undone by itself.
        </Empty>
      )}
      {inbox?.groups.map((group) => (
        <Group key={keyOf(group)} group={group} rows={membersOf(group, page?.sagas ?? [])} onDone={reload} />
      ))}
      {inbox !== undefined && inbox.unreadable > 0 && (
        <p>
          {plural(inbox.unreadable, 'halted saga')} cannot be read by this process: written by another
          version, or damaged. <a href={hrefOf('/sagas', '?status=halted')}>Show them</a>
        </p>
      )}
      {inbox?.partial && (
        <p class="muted">There are more than can be shown; the rest come when these are handled.</p>
      )}
    </>
  );
}

/** Reads again soon after a saga halts, or one of those shown changes. */
function useReloadOnChange(page: SagaPage | undefined, reload: () => void): void {
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useFeed(({ changes }) => {
    const known = new Set(page?.sagas.map(({ id }) => id));
    if (!changes.some(({ id, status }) => status === 'halted' || known.has(id))) return;
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined;
      reload();
    }, 500);
  });
  useEffect(() => () => clearTimeout(waiting.current), []);
}

function Group({
  group,
  rows,
  onDone,
}: {
  readonly group: InboxGroupAnswer;
  /** Only the newest; a large group has more. */
  readonly rows: readonly SagaSummaryAnswer[];
  readonly onDone: () => void;
}) {
  const nowMs = useNow(5_000);
  const [chosen, setChosen] = useState<'all' | ReadonlySet<string>>(new Set<string>());
  const [command, setCommand] = useState<DecisionKind>();
  const ids = rows.map(({ id }) => id).filter((id) => chosen === 'all' || chosen.has(id));
  const isWhole = chosen === 'all' || ids.length === group.sagas;
  const count = isWhole ? group.sagas : ids.length;
  const filter: SagaFilter = isWhole ? filterOf(group) : { ids };
  const choose = (id: string, on: boolean): void => {
    const next = new Set(ids);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  const close = (done: boolean): void => {
    setCommand(undefined);
    if (!done) return;
    setChosen(new Set<string>());
    onDone();
  };
  return (
    <section class="group" aria-label={titleOf(group)}>
      <GroupHead group={group} nowMs={nowMs} />
      <div class="group-bar">
        <label class="check">
          <input
            type="checkbox"
            checked={isWhole}
            indeterminate={count > 0 && !isWhole}
            onChange={({ currentTarget }) => setChosen(currentTarget.checked ? 'all' : new Set<string>())}
          />
          {count === 0 ? `Choose all ${countText(group.sagas)}` : `${plural(count, 'saga')} chosen`}
        </label>
        <span class="group-actions">
          <OnlyFor scope="sagas:operate">
            {decisionKinds
              .filter((kind) => kind !== 'cancel' || group.cancellable > 0)
              .map((kind) => (
                <button
                  key={kind}
                  type="button"
                  class={kind === 'retry' ? 'primary' : ''}
                  disabled={count === 0}
                  onClick={() => setCommand(kind)}
                >
                  {commandWords[kind].button}…
                </button>
              ))}
          </OnlyFor>
        </span>
      </div>
      <ul class="group-rows">
        {rows.map((saga) => (
          <GroupRow
            key={saga.id}
            saga={saga}
            nowMs={nowMs}
            isChosen={chosen === 'all' || chosen.has(saga.id)}
            onChoose={choose}
          />
        ))}
      </ul>
      {rows.length < group.sagas && (
        <p class="table-foot muted">
          {plural(group.sagas - rows.length, 'older saga')} not shown; “choose all” means them too.
        </p>
      )}
      {command && (
        <CommandDialog
          intervention={{ kind: command, step: group.step, filter }}
          subject={plural(count, 'saga')}
          onClose={close}
        />
      )}
    </section>
  );
}

const GroupHead = ({ group, nowMs }: { readonly group: InboxGroupAnswer; readonly nowMs: number }) => (
  <header class="group-head">
    <div>
      <h2>{titleOf(group)}</h2>
      {group.message !== '' && <p class="group-message">{group.message}</p>}
    </div>
    <p class="group-facts">
      <b>{plural(group.sagas, 'saga')}</b>
      {group.money_at_risk.length > 0 && (
        <span>
          {group.money_at_risk.map(({ amount, currency }) => moneyText(amount, currency)).join(' + ')} at risk
        </span>
      )}
      <span class="muted">first halted {agoText(group.oldest_at, nowMs)}</span>
    </p>
  </header>
);

const GroupRow = ({
  saga,
  nowMs,
  isChosen,
  onChoose,
}: {
  readonly saga: SagaSummaryAnswer;
  readonly nowMs: number;
  readonly isChosen: boolean;
  readonly onChoose: (id: string, on: boolean) => void;
}) => (
  <li>
    <input
      type="checkbox"
      checked={isChosen}
      aria-label={`Choose saga ${shortId(saga.id)}`}
      onChange={({ currentTarget }) => onChoose(saga.id, currentTarget.checked)}
    />
    <a data-row class="row-link" href={hrefOf(`/sagas/${saga.id}`)}>
      {itemsText(saga.items)}
    </a>
    <code class="muted">{shortId(saga.id)}</code>
    <span class="clip">{saga.customer_id}</span>
    <StepMarks steps={saga.steps} />
    <span class="number">{totalText(saga)}</span>
    <span class="number muted">{agoText(saga.created_at, nowMs)}</span>
  </li>
);
