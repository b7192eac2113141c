import { expect } from 'vitest';
import { decide } from '../../src/saga/decide.ts';
import type { SagaDefinition } from '../../src/saga/definition.ts';
import type { SagaEvent } from '../../src/saga/event.ts';
import { evolve, IllegalEvent, stateFromEvents } from '../../src/saga/evolve.ts';
import type { SagaState } from '../../src/saga/state.ts';
import { deepFreeze } from './deep-freeze.ts';

type Given = {
  /** The clock when the saga is decided about. Without it nothing that has been waited for has come yet. */
  when(nowMs: number): { decides(decision: object): void };
  /** What is decided while there is time: `when(0)`. */
  decides(decision: object): void;
  /** What the state says after these events, named only as far as the fact needs. */
  evolves(state: object): void;
  /** The event cannot follow. */
  refuses(event: SagaEvent, why: RegExp): void;
};

/**
 * A specification of the pure core: given what happened, when it is that late, then this comes next. The events are
 * frozen, so a fact also shows that nothing was changed in place.
 *
 * Not called `then`, because an object with a `then` is taken for a promise.
 */
export function given(definition: SagaDefinition, events: readonly SagaEvent[]): Given {
  const state = stateOf(definition, events);
  const when = (nowMs: number) => ({
    decides: (decision: object) => expect(decide(definition, state, nowMs)).toMatchObject(decision),
  });
  return {
    when,
    decides: when(0).decides,
    evolves: (expected) => expect(state).toMatchObject(expected),
    refuses: (event, why) => {
      const attempt = () => evolve(definition, state, deepFreeze(event));
      expect(attempt).toThrow(IllegalEvent);
      expect(attempt).toThrow(why);
    },
  };
}

/** The frozen state after these events. */
export const stateOf = (definition: SagaDefinition, events: readonly SagaEvent[]): SagaState =>
  deepFreeze(stateFromEvents(deepFreeze(definition), deepFreeze(events)));
