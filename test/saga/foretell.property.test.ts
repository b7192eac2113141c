import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Choice, eventFromCommand } from '../../src/saga/command.ts';
import { evolve, stateFromEvents } from '../../src/saga/evolve.ts';
import { foretell, previewCommand } from '../../src/saga/foretell.ts';
import { purchase } from '../support/saga-events.ts';
import { simulate } from '../support/saga-simulation.ts';

const anyScript = fc.record({
  choices: fc.array(fc.nat(99), { minLength: 1, maxLength: 80, size: 'max' }),
  maxCrashes: fc.nat(6),
  maxCommands: fc.nat(4),
});
const anyNow = fc.constantFrom(0, 30_000, 10_000_000);

/** Every state that a saga was in, whatever went wrong. */
const statesOf = (script: Parameters<typeof simulate>[1]) => {
  const { events } = simulate(purchase, script, 5_000);
  return events.map((_, index) => stateFromEvents(purchase, events.slice(0, index + 1)));
};

it('whatever happened before, what lies ahead comes to an end, and calls nothing twice', () => {
  fc.assert(
    fc.property(anyScript, anyNow, (script, nowMs) => {
      for (const state of statesOf(script)) {
        const { calls, status } = foretell(purchase, state, nowMs);
        const names = calls.map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        expect(['completed', 'compensated', 'halted']).toContain(status);
      }
    }),
    { numRuns: 300 },
  );
});

it('a decision is previewed as possible exactly when its event can follow', () => {
  fc.assert(
    fc.property(anyScript, anyNow, (script, nowMs) => {
      for (const state of statesOf(script)) {
        const steps = purchase.steps.map(({ name: step }): Choice => ({ kind: 'skip', step }));
        for (const choice of [{ kind: 'retry' }, { kind: 'cancel' }, ...steps] satisfies Choice[]) {
          const decide = () => evolve(purchase, state, eventFromCommand({ ...choice, by: 'a', reason: 'b' }));
          const { kind } = previewCommand(purchase, state, choice, nowMs);
          if (kind === 'allowed') expect(decide).not.toThrow();
          else expect(decide).toThrow();
        }
      }
    }),
    { numRuns: 300 },
  );
});
