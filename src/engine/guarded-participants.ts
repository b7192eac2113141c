import { type Breaker, createBreaker } from './breaker.ts';
import type { Clock } from './clock.ts';
import type { Observer } from './observer.ts';
import type { Participant } from './participant.ts';

/** A participant and what keeps calls away from it while it does not answer. */
export type GuardedParticipant = { readonly participant: Participant; readonly breaker: Breaker };

/** By the names that the definition's steps use. */
export type GuardedParticipants = ReadonlyMap<string, GuardedParticipant>;

const probeIntervalMs = 1_000;

/**
 * Gives each participant a breaker. One that could not be reached is probed once a second, by a health check and not by
 * a saga's call, until it can be; then its breaker closes.
 */
export function guardParticipants(
  participants: Readonly<Record<string, Participant>>,
  {
    clock,
    signal,
    onChange,
  }: {
    readonly clock: Clock;
    /** Ends all probing. */
    readonly signal: AbortSignal;
    readonly onChange: Observer['breakerChanged'];
  },
): GuardedParticipants {
  function guard(name: string, participant: Participant): GuardedParticipant {
    let isProbing = false;
    const breaker = createBreaker({
      onChange: (state) => onChange(name, state),
      onAway() {
        if (!isProbing) void probe();
      },
    });

    async function probe(): Promise<void> {
      isProbing = true;
      while (breaker.isAway() && !signal.aborted) {
        await clock.sleepUntil(clock.now() + probeIntervalMs, signal);
        if (breaker.isAway() && !signal.aborted && (await participant.isReachable()))
          breaker.report('answered', clock.now());
      }
      isProbing = false;
    }

    return { participant, breaker };
  }

  return new Map(Object.entries(participants).map(([name, participant]) => [name, guard(name, participant)]));
}
