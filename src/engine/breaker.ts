import type { BreakerState } from './observer.ts';

/** Whether a call may leave now, or when to ask again. */
export type BreakerGate = { readonly kind: 'go' } | { readonly kind: 'wait'; readonly untilMs: number };

/**
 * How a call that was let through ended: with an answer, which a business "no" is too; with none; or nobody could be
 * reached, so that it never left.
 */
export type CallEnd = 'answered' | 'unanswered' | 'unreached';

/**
 * Keeps calls away from a participant that does not answer, so that an outage is not met with a storm of retries.
 *
 * Closed: calls pass, and those in a row without an answer are counted. Open, after so many of them or after one that
 * reached nobody: no call passes for `openMs`. Half-open: one call at a time probes; an answer closes the breaker,
 * anything else opens it again. Waiting for the breaker uses up no attempt.
 */
export type Breaker = {
  ask(nowMs: number): BreakerGate;
  report(end: CallEnd, nowMs: number): void;
  state(): BreakerState;
};

export type BreakerOptions = {
  /** Calls without an answer, in a row, that open it. Default 10. */
  readonly failures?: number;
  /** Default 1 000. */
  readonly openMs?: number;
  /** A probe that has not been reported by then is taken as lost. Default 10 000. */
  readonly probeMs?: number;
  readonly onChange?: (state: BreakerState) => void;
};

export function createBreaker({
  failures = 10,
  openMs = 1_000,
  probeMs = 10_000,
  onChange,
}: BreakerOptions): Breaker {
  let state: BreakerState = 'closed';
  let failed = 0;
  let sinceMs = 0;
  let shutForMs = 0;

  function become(next: BreakerState): void {
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

  return {
    state: () => state,
    ask(nowMs) {
      if (state === 'closed') return { kind: 'go' };
      const untilMs = sinceMs + shutForMs;
      // A clock that was set back behind the start says nothing about how much of the time is left.
      if (nowMs >= sinceMs && nowMs < untilMs) return { kind: 'wait', untilMs };
      shut(nowMs, probeMs);
      become('half-open');
      return { kind: 'go' };
    },
    report(end, nowMs) {
      failed = end === 'answered' ? 0 : failed + 1;
      if (end === 'answered') become('closed');
      else if (state === 'half-open') open(nowMs);
      else if (state === 'closed' && (end === 'unreached' || failed >= failures)) open(nowMs);
    },
  };
}
