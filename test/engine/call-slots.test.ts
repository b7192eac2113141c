import { describe, expect, test } from 'vitest';
import { createCallSlots, type Priority } from '../../src/engine/call-slots.ts';
import { createFixture, done, no, sagaId } from './engine-fixture.ts';

/** Slots, and who got one so far. */
function watchedSlots(limit: number) {
  const slots = createCallSlots(limit);
  const admitted: string[] = [];
  return {
    admitted,
    ask: (name: string, priority: Priority = 'normal') =>
      void slots.acquire(priority).then(() => admitted.push(name)),
    async release() {
      slots.release();
      await Promise.resolve();
    },
  };
}

describe('call slots', () => {
  test('go to who is urgent first, and to equals in the order in which they asked', async () => {
    const { ask, release, admitted } = watchedSlots(1);
    ask('first');
    ask('normal 1');
    ask('normal 2');
    ask('urgent 1', 'urgent');
    ask('urgent 2', 'urgent');
    for (let turn = 0; turn < 4; turn += 1) await release();
    expect(admitted).toEqual(['first', 'urgent 1', 'urgent 2', 'normal 1', 'normal 2']);
  });

  test('are never more than there are, however many waited before', async () => {
    const { ask, release, admitted } = watchedSlots(2);
    const names = Array.from({ length: 5_000 }, (_, n) => String(n));
    for (const name of names) ask(name);
    for (let taken = 2; taken <= names.length; taken += 1) {
      await release();
      expect(admitted).toHaveLength(Math.min(taken + 1, names.length));
    }
    expect(admitted).toEqual(names);
    await release();
    for (const name of ['x', 'y', 'z']) ask(name);
    await Promise.resolve();
    expect(admitted.slice(names.length)).toEqual(['x', 'y']);
  });
});

describe('an engine with one call slot', () => {
  const limits = { maxCalls: 1 };

  test('undoes before it goes on with others', async () => {
    const { promise: holding, resolve: answer } = Promise.withResolvers<void>();
    const { accept, calls, clock, status } = createFixture({
      limits,
      holding,
      script: { 'charge-payment': [no('payment_declined'), done] },
    });
    for (let n = 1; n <= 10; n += 1) await accept(sagaId(n));
    answer();
    await clock.advanceUntil(async () => (await status(sagaId(1))) === 'compensated');
    // All the other charges were waiting already.
    expect(calls.indexOf('release-stock#1')).toBeLessThan(calls.lastIndexOf('charge-payment#1'));
  });

  test('goes on when a driver fails in its call', async () => {
    const { accept, clock, status } = createFixture({
      limits,
      script: { 'create-order': [{ kind: 'fenced' }, done] },
    });
    await accept(sagaId(1));
    await accept(sagaId(2));
    await clock.advanceUntil(async () => (await status(sagaId(2))) === 'completed');
  });

  /** A saga whose call is under way, and another one whose call waits for the slot. */
  async function oneWaits() {
    const { promise: holding, resolve: answer } = Promise.withResolvers<void>();
    const fixture = createFixture({ limits, holding });
    await fixture.accept(sagaId(1));
    await fixture.accept(sagaId(2));
    await fixture.clock.advance(0);
    const calledFor = () => fixture.made.map((call) => call.sagaId);
    return { ...fixture, answer, calledFor };
  }

  test('does not make a call for a saga that was cancelled while it waited', async () => {
    const { answer, calledFor, clock, engine, status } = await oneWaits();
    await engine.command(sagaId(2), { kind: 'cancel', by: 'customer', reason: 'too slow' });
    answer();
    await clock.advanceUntil(async () => (await status(sagaId(2))) === 'compensated');
    expect(calledFor()).not.toContain(sagaId(2));
  });

  test('does not make a call that was held back while it waited', async () => {
    const { answer, calledFor, clock, engine } = await oneWaits();
    await engine.pause({ by: 'ada', reason: 'new disks' });
    answer();
    await clock.advance(1_000);
    expect(calledFor()).toEqual([sagaId(1)]);
  });

  test('does not make a call that waited when it was stopped', async () => {
    const { answer, calledFor, engine } = await oneWaits();
    const stopped = engine.stop(1_000);
    answer();
    await stopped;
    expect(calledFor()).toEqual([sagaId(1)]);
  });
});
