import { type Breaker, createBreaker } from './breaker.ts';
import type { Clock } from './clock.ts';
import type { Observer } from './observer.ts';
import type { Participant } from './participant.ts';

/** A participant and what keeps calls away from it while it does not answer. */
export type GuardedParticipant = { readonly participant: Participant; readonly breaker: Breaker };

/** By the names that the definition's steps use. */
export type GuardedParticipants = ReadonlyMap<string, GuardedParticipant>;

const askEveryMs = 1_000;

/**
 * Gives each participant a breaker. Whoever could not be reached is asked after, once a second and not by a saga's call, until
 * it can be; then its breaker closes.
 */
export function guardParticipants(
  participants: Readonly<Record<string, Participant>>,
  {
    clock,
    signal,
    onChange,
  }: {
    readonly clock: Clock;
    /** Nobody is asked after any more once it aborts. */
    readonly signal: AbortSignal;
    readonly onChange: Observer['breakerChanged'];
  },
): GuardedParticipants {
  function guard(name: string, participant: Participant): GuardedParticipant {
    let isSought = false;
    const breaker = createBreaker({
      onChange: (state) => onChange(name, state),
      onAway() {
        if (!isSought) void seek();
      },
    });

    async function seek(): Promise<void> {
      isSought = true;
      while (breaker.isAway() && !signal.aborted) {
        await clock.sleepUntil(clock.now() + askEveryMs, signal);
        if (breaker.isAway() && !signal.aborted && (await participant.isReachable()))
          breaker.report('answered', clock.now());
      }
      isSought = false;
    }

    return { participant, breaker };
  }

  return new Map(Object.entries(participants).map(([name, participant]) => [name, guard(name, participant)]));
}
