import { useState } from 'preact/hooks';
import type { OverviewAnswer } from '../../contract/overview.ts';
import { useAsked } from '../live.ts';
import { BooksPanel } from '../parts/books.tsx';
import { BarChart, LineChart } from '../parts/charts.tsx';
import { Icon } from '../parts/icon.tsx';
import { Failure, Waiting } from '../parts/notice.tsx';
import { RecentSagas } from '../parts/recent-sagas.tsx';
import { hrefOf } from '../place.ts';
import { type Finding, findingsOf } from '../verdict.ts';
import { countText, durationText, moneyText, percentText, plural } from '../words.ts';

/** Whether the system is healthy, what is stuck, and how much money and stock that concerns. */
export function OverviewView() {
  const [window, setWindow] = useState<'15m' | '1h'>('15m');
  const { value: overview, error } = useAsked<OverviewAnswer>(`/overview?window=${window}`, {
    everyMs: 2_000,
  });
  return (
    <>
      <h1 class="visually-hidden">Overview</h1>
      <Failure error={error} />
      {overview === undefined ? (
        <Waiting lines={8} />
      ) : (
        <>
          <Verdict overview={overview} />
          <Tiles overview={overview} />
          <div class="section-head">
            <h2>Lately</h2>
            <fieldset class="choice" aria-label="How far back">
              {(['15m', '1h'] as const).map((one) => (
                <button key={one} type="button" aria-pressed={one === window} onClick={() => setWindow(one)}>
                  {one === '15m' ? '15 min' : '1 hour'}
                </button>
              ))}
            </fieldset>
          </div>
          <Charts overview={overview} />
          <BooksPanel wasChecked={overview.books !== 'unknown'} />
          <h2>Latest sagas</h2>
          <RecentSagas limit={8} />
        </>
      )}
    </>
  );
}

const headlines: Readonly<Record<Finding['severity'], string>> = {
  act: 'This needs you.',
  watch: 'This is worth a look.',
  note: 'All is well. Nothing waits for you.',
};

const Verdict = ({ overview }: { readonly overview: OverviewAnswer }) => {
  const findings = findingsOf(overview);
  // The worst comes first.
  const severity = findings[0]?.severity ?? 'note';
  return (
    <section class={`verdict verdict-${severity}`} aria-label="Verdict">
      <Icon name={severity === 'note' ? 'completed' : 'warning'} />
      <div>
        <p class="headline">{headlines[severity]}</p>
        {findings.length > 0 && (
          <ul>
            {findings.map(({ severity, text, href }) => (
              <li key={text} class={`severity-${severity}`}>
                {href === undefined ? text : <a href={href}>{text}</a>}
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
};

const booksTiles = {
  balanced: { value: 'Balanced', note: 'at the last check', tone: 'good' },
  late: { value: 'Balanced', note: 'but orders are late', tone: 'warn' },
  violated: { value: 'Do not balance', note: 'at the last check', tone: 'bad' },
  unknown: { value: 'Not checked', note: 'since the start' },
} as const;

const Tile = ({
  name,
  value,
  note,
  tone,
  href,
}: {
  readonly name: string;
  readonly value: string;
  readonly note?: string | undefined;
  readonly tone?: 'good' | 'bad' | 'warn' | undefined;
  readonly href?: string;
}) => (
  <div class={`tile ${tone ? `tile-${tone}` : ''}`}>
    <dt>{name}</dt>
    <dd>
      {href === undefined ? value : <a href={href}>{value}</a>}
      <span class="tile-note">{note ?? '\u00a0'}</span>
    </dd>
  </div>
);

/** What holds calls back, by whom. */
const breakersOf = ({ participants }: OverviewAnswer): readonly string[] =>
  Object.entries(participants).flatMap(([name, { breaker }]) => (breaker === 'closed' ? [] : [name]));

function engineWord({ engine: { pauses } }: OverviewAnswer): string {
  if (pauses.length === 0) return 'Running';
  return pauses.some(({ participant }) => participant === undefined) ? 'Paused' : 'Partly paused';
}

function Tiles({ overview }: { readonly overview: OverviewAnswer }) {
  const { recent, counts, now } = overview;
  const ended = recent.confirmed + recent.cancelled;
  const minutes = Math.max(1 / 6, (Date.parse(now) - Date.parse(recent.since)) / 60_000);
  const share = (count: number): string => (ended === 0 ? '–' : percentText(count / ended));
  const { p50_ms: p50, p99_ms: p99 } = recent.to_confirm;
  const oldest = overview.oldest_unfinished_ms;
  const broken = breakersOf(overview);
  return (
    <dl class="tiles">
      <Tile
        name="Orders per minute"
        value={countText(Number((recent.accepted / minutes).toPrecision(3)))}
        note={plural(recent.accepted, 'order')}
      />
      <Tile
        name="Confirmed"
        value={share(recent.confirmed)}
        note={`${countText(recent.confirmed)} of ${countText(ended)} ended`}
      />
      <Tile name="Undone" value={share(recent.cancelled)} note={plural(recent.cancelled, 'order')} />
      <Tile
        name="Time to confirm"
        value={p50 === undefined ? '–' : durationText(p50)}
        note={p99 === undefined ? 'none confirmed lately' : `slowest 1 %: ${durationText(p99)}`}
      />
      <Tile
        name="Live sagas"
        value={countText(counts.running + counts.compensating)}
        note={`of at most ${countText(overview.engine.max_live)}`}
        href={hrefOf('/sagas', '?status=running')}
      />
      <Tile
        name="Halted"
        value={countText(counts.halted)}
        note={counts.halted > 0 ? 'wait for a decision' : 'none waits for you'}
        tone={counts.halted > 0 ? 'bad' : undefined}
        href={hrefOf('/inbox')}
      />
      <Tile
        name="Oldest unfinished"
        value={oldest === undefined ? '–' : durationText(oldest)}
        note={oldest === undefined ? 'everything is finished' : undefined}
        tone={oldest !== undefined && oldest > 300_000 ? 'warn' : undefined}
      />
      <Tile
        name="Money at risk"
        value={
          overview.money_at_risk.map(({ amount, currency }) => moneyText(amount, currency)).join(' + ') ||
          'none'
        }
        note={overview.units_held > 0 ? `${plural(overview.units_held, 'unit')} of stock held` : undefined}
        tone={overview.money_at_risk.length > 0 && counts.halted > 0 ? 'warn' : undefined}
      />
      <Tile name="Books" href="#books" {...booksTiles[overview.books]} />
      <Tile
        name="Engine"
        value={engineWord(overview)}
        note={overview.engine.accepting ? 'orders are accepted' : 'orders are refused'}
        tone={overview.engine.pauses.length > 0 || !overview.engine.accepting ? 'warn' : undefined}
        href={hrefOf('/services')}
      />
      <Tile
        name="Breakers"
        value={broken.length === 0 ? 'Closed' : 'Open'}
        note={broken.length === 0 ? 'calls pass' : `for ${broken.join(', ')}`}
        tone={broken.length === 0 ? undefined : 'bad'}
        href={hrefOf('/services')}
      />
      <Tile
        name="Replay cache"
        value={
          { connected: 'Redis', degraded: 'Redis is away', local: 'In memory' }[overview.idempotency_cache]
        }
        note={overview.idempotency_cache === 'degraded' ? 'the database answers' : 'never decides'}
        tone={overview.idempotency_cache === 'degraded' ? 'warn' : undefined}
      />
    </dl>
  );
}

function Charts({ overview }: { readonly overview: OverviewAnswer }) {
  const { recent } = overview;
  const times = recent.points.map(({ at }) => at);
  const { p50_ms: p50, p99_ms: p99 } = recent.to_confirm;
  return (
    <div class="charts">
      <BarChart
        title={`Orders that ended, per ${durationText(recent.point_ms)}`}
        times={times}
        format={countText}
        summary={`${recent.confirmed} confirmed, ${recent.cancelled} undone, ${recent.halted} halted`}
        series={[
          { name: 'confirmed', tone: 'good', values: recent.points.map(({ confirmed }) => confirmed) },
          { name: 'undone', tone: 'undo', values: recent.points.map(({ cancelled }) => cancelled) },
          { name: 'halted', tone: 'bad', values: recent.points.map(({ halted }) => halted) },
        ]}
      />
      <LineChart
        title="Time to confirm"
        times={times}
        format={durationText}
        summary={
          p50 === undefined || p99 === undefined
            ? 'None confirmed lately'
            : `Half within ${durationText(p50)}, 99 % within ${durationText(p99)}`
        }
        series={[
          { name: 'slowest 1 %', tone: 'soft', values: recent.points.map(({ p99_ms }) => p99_ms) },
          { name: 'half', tone: 'accent', values: recent.points.map(({ p50_ms }) => p50_ms) },
        ]}
      />
    </div>
  );
}
