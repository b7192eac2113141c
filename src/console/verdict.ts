import { capitalised } from '../checkout/capitalised.ts';
import type { OverviewAnswer } from '../contract/overview.ts';
import { hrefOf } from './place.ts';
import { callsText } from './switch-engine.ts';
import { durationText, moneyText, plural } from './words.ts';

/** Something an operator should know. `act`: now. `watch`: it may become that. `note`: for information. */
export type Finding = {
  readonly severity: 'act' | 'watch' | 'note';
  /** A sentence without its full stop. */
  readonly text: string;
  /** Where more is to be seen. */
  readonly href?: string;
};

const oldMs = 5 * 60_000;

/** Everything that is not as it should be, worst first. */
export function findingsOf(overview: OverviewAnswer): readonly Finding[] {
  const { counts, books, log, engine, participants, idempotency_cache: cache } = overview;
  const findings: Finding[] = [];
  const say = (severity: Finding['severity'], text: string, href?: string): void =>
    void findings.push({ severity, text, ...(href !== undefined && { href }) });
  const services = hrefOf('/services');
  if (log === 'failing') say('act', 'The saga log cannot be written: no order is accepted', services);
  if (books === 'violated') say('act', 'The books do not balance', '#books');
  for (const [name, { health, breaker }] of Object.entries(participants)) {
    if (health === 'unreachable') say('act', `The ${name} service does not answer`, services);
    else if (health === 'notServing') say('act', `The ${name} service says that it is not serving`, services);
    else if (breaker !== 'closed')
      say('watch', `Calls to the ${name} service are held back by its circuit breaker`, services);
  }
  if (counts.halted > 0) say('act', haltedText(overview), hrefOf('/inbox'));
  for (const { participant } of engine.pauses)
    say('watch', `${capitalised(callsText(participant))} are held back: what needs them waits`, services);
  if (!engine.accepting && log !== 'failing') say('act', 'New orders are refused');
  else if (engine.live > engine.max_live * 0.8)
    say('watch', `${engine.live} of at most ${engine.max_live} sagas are live`);
  const oldest = overview.oldest_unfinished_ms ?? 0;
  if (oldest > oldMs && counts.halted === 0)
    say('watch', `The oldest unfinished saga is ${durationText(oldest)} old`, hrefOf('/sagas'));
  if (cache === 'degraded') say('note', 'Redis is away; answers to repeated requests come from the database');
  const rank = { act: 0, watch: 1, note: 2 };
  return findings.toSorted((a, b) => rank[a.severity] - rank[b.severity]);
}

function haltedText({ counts, money_at_risk: money }: OverviewAnswer): string {
  const waiting = `${plural(counts.halted, 'saga')} ${counts.halted === 1 ? 'waits' : 'wait'} for a decision`;
  if (money.length === 0) return waiting;
  return `${waiting}; ${money.map(({ amount, currency }) => moneyText(amount, currency)).join(' and ')} at risk`;
}
