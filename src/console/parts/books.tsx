import type { BooksReport, VerificationAnswer } from '../../contract/books.ts';
import { useNow } from '../live.ts';
import { hrefOf } from '../place.ts';
import { useMay } from '../standing.ts';
import { useBooks } from '../use-books.ts';
import { agoText, countText, decimalText, plural, shortId } from '../words.ts';
import { Icon } from './icon.tsx';
import { Failure } from './notice.tsx';

// Nobody reads a longer list to its end.
const maxShown = 20;

/** Whether money, stock and every saga's log add up, what was compared, and a way to have it checked now. */
export function BooksPanel({ wasChecked }: { readonly wasChecked: boolean }) {
  const { latest, error, check } = useBooks(wasChecked);
  const mayCheck = useMay('sagas:operate') === true;
  return (
    <section class="books" aria-labelledby="books">
      <div class="section-head">
        <h2 id="books">Books</h2>
        {mayCheck && (
          <button type="button" onClick={check} disabled={latest?.status === 'running'}>
            Check the books now
          </button>
        )}
      </div>
      <Failure error={error} />
      <div class="panel" aria-live="polite">
        {latest === undefined ? (
          <p class="muted">
            Not checked since this gateway started. A check compares every order with its payment, its stock
            and its log.
          </p>
        ) : (
          <Check check={latest} />
        )}
      </div>
    </section>
  );
}

const Check = ({ check }: { readonly check: VerificationAnswer }) => {
  const { status, checked, total, problem, report } = check;
  if (status === 'running') {
    const words = `Looked at ${countText(checked)} of ${total === 0 ? 'all' : countText(total)} orders`;
    return (
      <div class="progress">
        <progress aria-label="Check of the books" {...(total > 0 && { value: checked, max: total })} />
        <span>{words}</span>
      </div>
    );
  }
  if (report === undefined)
    return (
      <p class="tone-bad">
        <Icon name="warning" /> They could not be read: {problem}
      </p>
    );
  return <Report report={report} />;
};

const tones = { balanced: 'tone-good', late: 'tone-warn', violated: 'tone-bad' } as const;

const Report = ({ report }: { readonly report: BooksReport }) => {
  const nowMs = useNow(5_000);
  const { result, as_of, orders, by_hand: byHand, notes } = report;
  return (
    <>
      <p class={`headline ${tones[result]}`}>
        <Icon name={result === 'balanced' ? 'completed' : 'warning'} /> {headlineOf(report)}
      </p>
      <p class="muted">
        {plural(orders.accepted, 'order')} ({countText(orders.confirmed)} confirmed,{' '}
        {countText(orders.cancelled)} cancelled,{' '}
        {orders.by_hand > 0 && `${countText(orders.by_hand)} left for a person to end by hand, `}
        {countText(orders.unfinished)} under way, {countText(orders.halted)} halted) and{' '}
        {plural(report.events, 'log row')} compared, checked {agoText(as_of, nowMs)}
      </p>
      <Violations report={report} />
      <Money report={report} />
      <ByHand byHand={byHand} count={report.by_hand_count} />
      <details>
        <summary>What was compared</summary>
        <ul class="promises">
          {report.checks.map(({ invariant, promise, compared, violations }) => (
            <li key={invariant} class={violations === 0 ? 'tone-good' : 'tone-bad'}>
              <Icon name={violations === 0 ? 'completed' : 'close'} />
              <span>
                <span class="promise">{promise}</span>{' '}
                <span class="muted">
                  {invariant}: {compared}
                  {violations > 0 && `; broken ${plural(violations, 'time')}`}
                </span>
              </span>
            </li>
          ))}
        </ul>
      </details>
      {notes.map((note) => (
        <p key={note} class="muted">
          {note}
        </p>
      ))}
    </>
  );
};

function headlineOf({
  violation_count: broken,
  late_count: late,
  by_hand_count: byHand,
}: BooksReport): string {
  const lateText = late === 0 ? '' : `; ${plural(late, 'order')} ${late === 1 ? 'is' : 'are'} late`;
  if (broken > late) return `The books do not balance: ${plural(broken - late, 'violation')}${lateText}.`;
  const byHandText = byHand === 0 ? '' : ', as far as no person answers for it';
  return `The books balance${byHandText}${lateText}.`;
}

/** What the checks leave out, because a person answers for it. */
const ByHand = ({ byHand, count }: { readonly byHand: BooksReport['by_hand']; readonly count: number }) => {
  if (count === 0) return null;
  return (
    <details open>
      <summary>Handled by hand, which nothing checks: {plural(count, 'step')}</summary>
      <ul class="points">
        {byHand.slice(0, maxShown).map(({ order_id: order, operation, message }) => (
          <li key={`${order} ${operation}`}>
            {message} <a href={hrefOf(`/sagas/${order}`)}>order {shortId(order)}</a>
          </li>
        ))}
      </ul>
    </details>
  );
};

const Violations = ({ report: { violations, violation_count: count } }: { readonly report: BooksReport }) => {
  if (count === 0) return null;
  const shown = violations.slice(0, maxShown);
  return (
    <>
      <ul class="violations">
        {shown.map(({ invariant, order_id: order, product_id: product, message }, index) => (
          <li key={index}>
            <span class="badge status-halted">{invariant}</span>
            <span>
              {message}{' '}
              {order !== undefined && <a href={hrefOf(`/sagas/${order}`)}>order {shortId(order)}</a>}
              {product !== undefined && (
                <a href={hrefOf('/sagas', `?product_id=${encodeURIComponent(product)}`)}>{product}</a>
              )}
            </span>
          </li>
        ))}
      </ul>
      {count > shown.length && (
        <p class="muted">
          And {countText(count - shown.length)} more; <code>ordersaga verify</code> lists them.
        </p>
      )}
    </>
  );
};

const Money = ({ report: { money } }: { readonly report: BooksReport }) => {
  if (money.length === 0) return null;
  return (
    <ul class="points">
      {money.map(({ currency, captured, refunded, kept, confirmed, difference, at_risk: atRisk }) => (
        <li key={currency}>
          {decimalText(captured)} {currency} taken, {decimalText(refunded)} given back: {decimalText(kept)}{' '}
          kept, for confirmed orders of {decimalText(confirmed)}
          {Number(difference) !== 0 && <b class="tone-bad"> (off by {decimalText(difference)})</b>}
          {Number(atRisk) !== 0 && `; ${decimalText(atRisk)} taken for orders that are not finished`}.
        </li>
      ))}
    </ul>
  );
};
