import type { BreakerState } from './observer.ts';

/** Whether a call may leave now, or when to ask again. */
export type BreakerGate = { readonly kind: 'go' } | { readonly kind: 'wait'; readonly untilMs: number };

/**
 * How a call that was let through ended: with an answer, a business "no" included; without one; or it reached nobody,
 * so that it never left.
 */
export type CallEnd = 'answered' | 'unanswered' | 'unreached';

/**
 * Keeps calls away from a participant that does not answer, so that an outage is not met with a storm of retries.
 *
 * Closed: calls pass, and consecutive ones without an answer are counted. Open, after too many of those: no call passes
 * for `openMs`. Half-open: one call at a time probes; an answer closes the breaker, anything else opens it again. After
 * a call that reached nobody the breaker stays open until a health check reports an answer. Waiting for the breaker uses
 * up no attempt.
 */
export type Breaker = {
  ask(nowMs: number): BreakerGate;
  report(end: CallEnd, nowMs: number): void;
  state(): BreakerState;
  /** Whether it is open because nobody could be reached. */
  isAway(): boolean;
};

export type BreakerOptions = {
  /** Calls without an answer, in a row, that open it. Default 10. */
  readonly failures?: number;
  /** Default 1 000. */
  readonly openMs?: number;
  /** A probe that has not been reported by then is taken as lost. Default 10 000. */
  readonly probeMs?: number;
  readonly onChange?: (state: BreakerState) => void;
  /** Called when a call reached nobody; not called again until an answer was reported. */
  readonly onAway?: () => void;
};

export function createBreaker({
  failures = 10,
  openMs = 1_000,
  probeMs = 10_000,
  onChange,
  onAway,
}: BreakerOptions): Breaker {
  let state: BreakerState = 'closed';
  let failed = 0;
  let sinceMs = 0;
  let shutForMs = 0;
  let isAway = false;

  function become(next: BreakerState): void {
    if (next === 'closed') isAway = false;
    if (next === state) return;
    state = next;
    onChange?.(next);
  }

  function shut(nowMs: number, forMs: number): void {
    sinceMs = nowMs;
    shutForMs = forMs;
  }

  function open(nowMs: number): void {
    shut(nowMs, openMs);
    become('open');
  }

  function leave(nowMs: number): void {
    open(nowMs);
    if (isAway) return;
    isAway = true;
    onAway?.();
  }

  return {
    state: () => state,
    isAway: () => isAway,
    ask(nowMs) {
      if (state === 'closed') return { kind: 'go' };
      if (isAway) return { kind: 'wait', untilMs: nowMs + openMs };
      // While a call probes, the others ask again after `openMs`: it may end long before `probeMs` is over.
      const untilMs = Math.min(sinceMs + shutForMs, nowMs + openMs);
      // A clock that was set back to before the start cannot say how much of the time is left.
      if (nowMs >= sinceMs && nowMs < untilMs) return { kind: 'wait', untilMs };
      shut(nowMs, probeMs);
      become('half-open');
      return { kind: 'go' };
    },
    report(end, nowMs) {
      failed = end === 'answered' ? 0 : failed + 1;
      if (end === 'answered') return become('closed');
      if (end === 'unreached') leave(nowMs);
      else if (state === 'half-open' || (state === 'closed' && failed >= failures)) open(nowMs);
    },
  };
}
