import { describe, expect, test } from 'vitest';
import { orderSaga } from '../../src/checkout/order-saga.ts';
import { createPauses } from '../../src/engine/pauses.ts';
import { createSagaDisk } from '../../src/stores/memory/saga-disk.ts';
import { createMemorySagaLog } from '../../src/stores/memory/saga-log.ts';
import type { Pause } from '../../src/stores/pause.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFixture, done, failing, no, sagaId } from './engine-fixture.ts';

const ada = { by: 'ada', reason: 'new disks' };
const ben = { by: 'ben', reason: 'disks are in' };

describe('while everything is paused', () => {
  test('a new saga is accepted, nobody is called, and the resume starts it', async () => {
    const { engine, accept, calls, clock, status } = createFixture();
    expect(await engine.pause(ada)).toEqual({ kind: 'done' });
    const id = await accept();
    await clock.advance(600_000);
    expect(calls).toEqual([]);
    expect(engine.status()).toMatchObject({ live: 1, pauses: [{ ...ada, sinceMs: expect.any(Number) }] });
    expect(await engine.resume(ben)).toEqual({ kind: 'done' });
    await clock.advanceUntil(async () => (await status(id)) === 'completed');
    expect(engine.status().pauses).toEqual([]);
  });

  test('a call under way ends and is recorded, and no other begins', async () => {
    const answer = Promise.withResolvers<typeof done>();
    const { engine, accept, calls, clock, types } = createFixture({ script: {}, holding: answer.promise });
    const id = await accept();
    await clock.advance(0);
    await engine.pause(ada);
    answer.resolve(done);
    await clock.advance(60_000);
    expect(calls).toEqual(['create-order#1']);
    expect(await types(id)).toEqual(['SagaStarted', 'StepSucceeded', 'SagaHeld']);
  });

  test('no more sagas are accepted than may be live', async () => {
    const { engine, accept } = createFixture({ limits: { maxLive: 2 } });
    await engine.pause(ada);
    await accept(sagaId(1));
    await accept(sagaId(2));
    await expect(accept(sagaId(3))).rejects.toMatchObject({ name: 'Overloaded', why: 'live' });
  });

  test('a saga whose deadline passes turns back, and its undo waits, too', async () => {
    const { engine, accept, calls, clock, types, status } = createFixture({
      script: { 'reserve-stock': [failing('retryable'), done] },
    });
    const id = await accept();
    await clock.advance(1);
    await engine.pause(ada);
    await clock.advance(20 * 60_000);
    expect(calls).toEqual(['create-order#1', 'reserve-stock#1']);
    expect((await types(id)).slice(-2)).toEqual(['CompensationStarted', 'SagaHeld']);
    await engine.resume(ben);
    await clock.advanceUntil(async () => (await status(id)) === 'compensated');
    expect(calls.slice(2)).toEqual(['cancel-order#1']);
  });

  test('a saga turns back at its deadline, and not only when it looks again', async () => {
    const { engine, accept, clock, status } = createFixture({
      definition: { ...orderSaga, deadlineMs: 90_000 },
    });
    await engine.pause(ada);
    const id = await accept();
    await clock.advance(89_999);
    expect(await status(id)).toBe('running');
    await clock.advance(1);
    expect(await status(id)).toBe('compensated');
  });

  test('a cancel is taken and carried out after the resume', async () => {
    const { engine, accept, calls, clock, status } = createFixture();
    await engine.pause(ada);
    const id = await accept();
    await clock.advance(1);
    expect((await engine.command(id, { kind: 'cancel', by: 'customer', reason: 'too slow' })).kind).toBe(
      'done',
    );
    await clock.advance(1);
    expect(calls).toEqual([]);
    await engine.resume(ben);
    await clock.advanceUntil(async () => (await status(id)) === 'compensated');
    expect(calls).toEqual([]);
  });

  test('the engine stops in good order', async () => {
    const { engine, accept, clock } = createFixture();
    await engine.start();
    await engine.pause(ada);
    await accept();
    await clock.advance(1);
    await engine.stop(1_000);
    expect(engine.status().live).toBe(0);
  });

  test('waiting costs no attempt and opens no breaker', async () => {
    const { engine, accept, clock, log, status } = createFixture();
    await engine.pause(ada);
    const id = await accept();
    await clock.advance(300_000);
    expect(engine.status().breakers).toEqual({ order: 'closed', inventory: 'closed', payment: 'closed' });
    await engine.resume(ben);
    await clock.advanceUntil(async () => (await status(id)) === 'completed');
    const attempts = (await log.events(id, 0)).flatMap(({ event }) =>
      'attempt' in event ? [event.attempt] : [],
    );
    expect(attempts).toEqual([1, 1, 1, 1]);
  });
});

describe('a pause of one participant', () => {
  test('lets the calls to the others leave', async () => {
    const { engine, accept, calls, clock, status } = createFixture();
    await engine.pause({ ...ada, participant: 'payment' });
    const id = await accept();
    await clock.advance(60_000);
    expect(calls).toEqual(['create-order#1', 'reserve-stock#1']);
    await engine.resume({ ...ben, participant: 'payment' });
    await clock.advanceUntil(async () => (await status(id)) === 'completed');
  });

  test('holds its compensations, too', async () => {
    const { engine, accept, calls, clock, status } = createFixture({
      script: { 'charge-payment': [no('payment_declined')] },
    });
    await engine.pause({ ...ada, participant: 'payment' });
    const id = await accept();
    await clock.advance(1);
    await engine.pause({ ...ada, participant: 'inventory' });
    await engine.resume({ ...ben, participant: 'payment' });
    await clock.advance(60_000);
    expect(calls.at(-1)).toBe('charge-payment#1');
    await engine.resume({ ...ben, participant: 'inventory' });
    await clock.advanceUntil(async () => (await status(id)) === 'compensated');
    expect(calls.slice(-2)).toEqual(['release-stock#1', 'cancel-order#1']);
  });

  test('is refused when there is no such participant', async () => {
    const { engine } = createFixture();
    const known = ['order', 'inventory', 'payment'];
    expect(await engine.pause({ ...ada, participant: 'shipping' })).toEqual({
      kind: 'unknownParticipant',
      known,
    });
    expect(engine.status().pauses).toEqual([]);
  });

  test('does not end with the pause of everything', async () => {
    const { engine } = createFixture();
    await engine.pause({ ...ada, participant: 'payment' });
    await engine.pause(ada);
    expect(await engine.pause(ada)).toEqual({ kind: 'unchanged' });
    await engine.resume(ben);
    expect(await engine.resume(ben)).toEqual({ kind: 'unchanged' });
    expect(engine.status().pauses).toMatchObject([{ participant: 'payment' }]);
  });
});

describe('a pause', () => {
  test('survives a restart, and holds what is recovered', async () => {
    const disk = createSagaDisk();
    const clock = createFakeClock();
    const first = createFixture({ disk, clock, owner: 'first', pid: 1 });
    await first.engine.start();
    await first.engine.pause(ada);
    const id = await first.accept();
    await first.engine.stop(0);
    const second = createFixture({ disk, clock, owner: 'second', pid: 2 });
    await second.engine.start();
    await clock.advance(30_000);
    expect(await second.types(id)).toContain('SagaRecovered');
    expect(second.calls).toEqual([]);
    await second.engine.resume(ben);
    await clock.advanceUntil(async () => (await second.status(id)) === 'completed');
  });

  test.each([
    ['its deadline passes', 20 * 60_000],
    ['its customer cancels it', 60_000],
  ])('that outlives its process lets a saga turn back as before when %s', async (_, waitMs) => {
    const disk = createSagaDisk();
    const clock = createFakeClock();
    const first = createFixture({
      disk,
      clock,
      owner: 'first',
      pid: 1,
      script: { 'reserve-stock': [failing('retryable'), done] },
    });
    await first.engine.start();
    const id = await first.accept();
    await clock.advance(1);
    await first.engine.pause({ ...ada, participant: 'order' });
    await clock.advance(10_000);
    expect(first.calls.at(-1)).toBe('charge-payment#1');
    await first.engine.stop(0);
    const second = createFixture({ disk, clock, owner: 'second', pid: 2 });
    await second.engine.start();
    await clock.advance(waitMs);
    if (waitMs < 15 * 60_000) {
      const cancel = { kind: 'cancel', by: 'customer', reason: 'too slow' } as const;
      expect((await second.engine.command(id, cancel)).kind).toBe('done');
      await clock.advance(1_000);
    }
    expect(second.calls).toEqual(['refund-payment#1', 'release-stock#1']);
    await second.engine.resume({ ...ben, participant: 'order' });
    await clock.advanceUntil(async () => (await second.status(id)) === 'compensated');
  });

  test('that another process was told of holds here at the next pass', async () => {
    const disk = createSagaDisk();
    const { engine, clock, accept, calls, status } = createFixture({ disk });
    await engine.start();
    const elsewhere = createMemorySagaLog({ disk, pid: 2 });
    await elsewhere.pause({ ...ada, sinceMs: clock.now() });
    await clock.advance(2_000);
    const id = await accept();
    await clock.advance(2_000);
    expect(calls).toEqual([]);
    await elsewhere.endPause({ ...ben, atMs: clock.now() });
    await clock.advanceUntil(async () => (await status(id)) === 'completed');
  });

  test('is known before the first saga is driven, however long it takes to read', async () => {
    const { disk, clock, accept, engine } = createFixture();
    await engine.pause(ada);
    await accept();
    const log = createMemorySagaLog({ disk, pid: 2 });
    const pauses = async () => {
      await clock.sleepUntil(clock.now() + 5_000, new AbortController().signal);
      return log.pauses();
    };
    const second = createFixture({ clock, log: { ...log, pauses }, owner: 'second' });
    const started = second.engine.start();
    await clock.advance(60_000);
    await started;
    expect(second.calls).toEqual([]);
  });

  test('that was read late does not undo what was read since, and what is the same is told once', async () => {
    const answers: ((pauses: readonly Pause[]) => void)[] = [];
    const told: number[] = [];
    const { current, refresh } = createPauses({
      log: { ...createMemorySagaLog(), pauses: () => new Promise((resolve) => answers.push(resolve)) },
      now: () => 0,
      participants: [],
      onChange: (pauses) => told.push(pauses.length),
    });
    const reading = [refresh(), refresh(), refresh()];
    const [early, late, latest] = answers;
    late?.([{ ...ada, sinceMs: 1 }]);
    latest?.([{ ...ada, sinceMs: 1 }]);
    early?.([]);
    await Promise.all(reading);
    expect(current()).toHaveLength(1);
    expect(told).toEqual([1]);
  });

  test('that could not be written does not hold', async () => {
    const log = createMemorySagaLog({
      commit: () => {
        throw new Error('disk full');
      },
    });
    const { engine } = createFixture({ log });
    await expect(engine.pause(ada)).rejects.toThrow('disk full');
    expect(engine.status().pauses).toEqual([]);
  });
});
