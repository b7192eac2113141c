import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/saga/decide.ts';
import { defineSaga, type OperationDefinition, type SagaDefinition } from '../../src/saga/definition.ts';
import type { SagaEvent } from '../../src/saga/event.ts';
import { evolve, IllegalEvent, stateFromEvents } from '../../src/saga/evolve.ts';
import { isTerminal } from '../../src/saga/state.ts';
import { maxHolds, type Script, type SimulationResult, simulate } from '../support/saga-simulation.ts';

const anyRetry = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 3 }),
  initialBackoffMs: fc.constant(1),
  maxBackoffMs: fc.constant(10),
});

const anyOperation = (name: string): fc.Arbitrary<OperationDefinition> =>
  anyRetry.map((retry) => ({ name, timeoutMs: 100, retry }));

const anyStep = (kind: 'compensatable' | 'pivot' | 'retriable', name: string) =>
  fc
    .record({
      action: anyOperation(name),
      compensation: anyOperation(`undo-${name}`),
      inquiry: anyOperation(`get-${name}`),
    })
    .map(({ action, compensation, inquiry }) => ({
      ...action,
      kind,
      participant: name,
      inquiry,
      ...(kind === 'compensatable' && { compensation }),
    }));

/** 1 to 6 steps: some that can be undone, a pivot or none, some that are retriable or none. */
const anyDefinition: fc.Arbitrary<SagaDefinition> = fc
  .record({
    undoable: fc.integer({ min: 0, max: 3 }),
    pivot: fc.boolean(),
    retriable: fc.integer({ min: 0, max: 2 }),
    deadlineMs: fc.constantFrom(20, 100, 1_000_000),
    maxRecoveries: fc.integer({ min: 1, max: 5 }),
  })
  .filter(({ undoable, pivot, retriable }) => undoable + Number(pivot) + retriable > 0)
  .chain(({ undoable, pivot, retriable, ...whole }) => {
    const names = (count: number, prefix: string) =>
      Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
    return fc
      .tuple(
        ...names(undoable, 'do').map((name) => anyStep('compensatable', name)),
        ...names(Number(pivot), 'pivot').map((name) => anyStep('pivot', name)),
        ...names(retriable, 'then').map((name) => anyStep('retriable', name)),
      )
      .map((steps) => defineSaga({ name: 'any', version: 1, steps, ...whole }));
  });

const anyScript: fc.Arbitrary<Script> = fc.record({
  choices: fc.array(fc.nat(99), { minLength: 1, maxLength: 120, size: 'max' }),
  maxCrashes: fc.nat(10),
  maxCommands: fc.nat(6),
});

/** Decisions of one life of a saga at most: every attempt, the wait before it, and what is recorded about it. */
const decisionsOf = ({ steps }: SagaDefinition): number =>
  steps.reduce(
    (sum, step) =>
      sum +
      2 *
        (step.retry.maxAttempts +
          step.inquiry.retry.maxAttempts +
          (step.compensation?.retry.maxAttempts ?? 0)) +
      3,
    4,
  );

const runs = 2_500;

function checkRuns(
  check: (definition: SagaDefinition, result: SimulationResult) => void,
  numRuns = runs,
): void {
  fc.assert(
    fc.property(anyDefinition, anyScript, (definition, script) => {
      // Each crash and each command can cost the saga one life's worth of work, never more.
      const lives = decisionsOf(definition) * (1 + script.maxCrashes + script.maxCommands);
      // Being held, and that it ends, is a decision each.
      const bound = lives + 2 * maxHolds;
      check(definition, simulate(definition, script, bound));
    }),
    { numRuns },
  );
}

const indexIn = ({ steps }: SagaDefinition, name: string): number =>
  steps.findIndex((step) => step.name === name);

const skippedIn = (events: readonly SagaEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'StepSkipped' ? [event.step] : []));

describe('any saga, whatever goes wrong', () => {
  it('ends completed, compensated or halted, and leaves every step done once or not at all', () => {
    const seen = new Map<string, number>();
    checkRuns((definition, { events, state, world }) => {
      expect(['completed', 'compensated', 'halted']).toContain(state.status);
      seen.set(state.status, (seen.get(state.status) ?? 0) + 1);
      const handled = skippedIn(events);
      for (const { name } of definition.steps) {
        expect([0, 1], name).toContain(world.net(name));
        if (handled.includes(name) || state.status === 'halted') continue;
        expect(world.net(name), `${name} of a ${state.status} saga`).toBe(
          state.status === 'completed' ? 1 : 0,
        );
      }
    });
    // The scripts are worth something only while they reach every end.
    for (const status of ['completed', 'compensated', 'halted'])
      expect(seen.get(status)).toBeGreaterThan(runs / 50);
  });

  it('undoes last step first, each step once, and only what ran or may have run', () => {
    checkRuns((definition, { events, world, crashes, calls }) => {
      const undone = events.flatMap((event) =>
        event.type === 'StepCompensated' ? [indexIn(definition, event.step)] : [],
      );
      expect(undone).toEqual(strictlyFalling(undone));
      const reached = world.undone.map((name) => indexIn(definition, name));
      const handled = skippedIn(events).map((name) => indexIn(definition, name));
      const inOrder = reached.filter((index) => !handled.includes(index));
      expect(inOrder).toEqual(strictlyFalling(inOrder));
      if (crashes > 0) return;
      for (const index of undone) expect(calls).toContain(`${definition.steps[index]?.name} action`);
    });
  });

  it('never goes back over its pivot', () => {
    checkRuns((definition, { events, state, world }) => {
      const turnedBack = events.some(({ type }) => type === 'CompensationStarted');
      for (const { name, kind } of definition.steps) {
        if (kind === 'compensatable' || skippedIn(events).includes(name) || !turnedBack) continue;
        expect(world.net(name), `${name} of a ${state.status} saga that turned back`).toBe(0);
      }
    });
  });

  it('is undone, and not completed, once a cancel was accepted', () => {
    checkRuns((definition, { events, state }) => {
      if (!events.some(({ type }) => type === 'CancelRequested')) return;
      const pivotHandled = skippedIn(events).some(
        (name) => definition.steps[indexIn(definition, name)]?.kind !== 'compensatable',
      );
      if (!pivotHandled) expect(state.status).not.toBe('completed');
    });
  });

  it('never spends more attempts than a budget has', () => {
    checkRuns((definition, { events, calls, crashes, commands }) => {
      for (const step of definition.steps) {
        const spent = mostSpent(events, step.name);
        expect(spent.action, step.name).toBeLessThanOrEqual(step.retry.maxAttempts);
        expect(spent.inquiry, step.name).toBeLessThanOrEqual(step.inquiry.retry.maxAttempts);
        expect(spent.compensation, step.name).toBeLessThanOrEqual(step.compensation?.retry.maxAttempts ?? 0);
        // Without crashes the log shows every call, and only an operator grants a new budget.
        if (crashes > 0) continue;
        const called = calls.filter((call) => call === `${step.name} action`).length;
        expect(called, step.name).toBeLessThanOrEqual(step.retry.maxAttempts * (1 + commands));
      }
    });
  });

  it('is told by its log alone: read again from JSON it is in the very state it ended in', () => {
    checkRuns((definition, { events, state }) => {
      const stored = JSON.parse(JSON.stringify(events)) as SagaEvent[];
      expect(stateFromEvents(definition, stored)).toEqual(state);
    });
  });

  it('does not move once it ended', () => {
    checkRuns((definition, { events, state }) => {
      if (!isTerminal(state.status)) return;
      expect(decide(definition, state, Number.MAX_SAFE_INTEGER)).toEqual({ kind: 'rest' });
      for (const event of events) expect(() => evolve(definition, state, event)).toThrow(IllegalEvent);
    }, 1_000);
  });
});

const strictlyFalling = (indexes: readonly number[]): number[] => [...new Set(indexes)].sort((a, b) => b - a);

/** The most that one budget of a step was charged with, as the log tells it. */
function mostSpent(events: readonly SagaEvent[], step: string) {
  const most = { action: 0, inquiry: 0, compensation: 0 };
  let budget = { ...most };
  for (const event of events) {
    if (event.type === 'RetryRequested' || event.type === 'CancelRequested')
      budget = { action: 0, inquiry: 0, compensation: 0 };
    if (event.type === 'AttemptFailed' && event.step === step) budget[event.direction] += 1;
    if (event.type === 'StepInquired' && event.step === step) budget.inquiry += 1;
    for (const key of ['action', 'inquiry', 'compensation'] as const)
      most[key] = Math.max(most[key], budget[key]);
  }
  return most;
}
