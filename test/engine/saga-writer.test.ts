import { describe, expect, test } from 'vitest';
import { orderSaga } from '../../src/checkout/order-saga.ts';
import type { Clock } from '../../src/engine/clock.ts';
import { createFeed } from '../../src/engine/feed.ts';
import { newLiveSaga } from '../../src/engine/live-saga.ts';
import { createSagaWriter } from '../../src/engine/saga-writer.ts';
import { NO_HASH } from '../../src/stores/hash-chain.ts';
import { createMemorySagaLog } from '../../src/stores/memory/saga-log.ts';
import type { Append, LoggedEvent, SagaLog } from '../../src/stores/saga-log.ts';
import { acceptance, started, succeeded, trace } from '../contract/saga-log-fixture.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { silentObserver } from '../support/silent-observer.ts';
import { createFixture, done, failing } from './engine-fixture.ts';

/** A log that remembers what it was asked to append. */
function watchedLog(log = createMemorySagaLog()) {
  const appends: Append[] = [];
  const watched: SagaLog = {
    ...log,
    append(append) {
      appends.push(append);
      return log.append(append);
    },
  };
  return {
    log: watched,
    appends,
    types: () => appends.map(({ events }) => events.map(({ event }) => event.type)),
  };
}

describe('a saga', () => {
  test('that goes forward is written three times: its start, what precedes the pivot, its end', async () => {
    const { log, types } = watchedLog();
    const { accept, clock, status } = createFixture({ log });
    const id = await accept();
    await clock.advance(0);
    expect(await status(id)).toBe('completed');
    expect(types()).toEqual([
      ['StepSucceeded', 'StepSucceeded', 'StepSucceeded'],
      ['StepSucceeded', 'SagaCompleted'],
    ]);
  });

  test('whose driver failed is taken up with all that the driver had learned', async () => {
    const { accept, calls, clock, engine, status, types } = createFixture({
      script: { 'reserve-stock': [{ kind: 'fenced' }, done] },
      // Nothing would be written in time but for the end of the driver.
      limits: { holdMs: 3_600_000, recoveryIntervalMs: 10 },
    });
    await engine.start();
    const id = await accept();
    await clock.advanceUntil(async () => (await status(id)) === 'completed');
    expect(calls.filter((call) => call.startsWith('create-order'))).toEqual(['create-order#1']);
    expect((await types(id)).slice(0, 3)).toEqual(['SagaStarted', 'StepSucceeded', 'SagaRecovered']);
  });

  test('that somebody else took while its events were held back leaves no trace of them', async () => {
    const { log, appends } = watchedLog();
    const { accept, calls, clock, engine, troubles, types } = createFixture({
      log,
      script: { 'charge-payment': [failing('retryable')] },
    });
    const id = await accept();
    await clock.advance(0);
    await log.claim({ sagaId: id, owner: 'second', expectedEpoch: 1 });
    await clock.advance(60_000);
    expect(appends.map(({ events }) => events.length)).toEqual([3]);
    expect(await types(id)).toEqual(['SagaStarted']);
    expect(calls.filter((call) => call.startsWith('charge-payment'))).toEqual(['charge-payment#1']);
    expect(engine.status().live).toBe(0);
    expect(troubles).toEqual([]);
  });
});

describe('an event that nobody waits for', () => {
  /** Sagas that are written to and not driven. */
  function createSubject(clock: Clock = createFakeClock()) {
    const { log, appends } = watchedLog();
    const feed = createFeed();
    const writer = createSagaWriter({
      definition: orderSaga,
      log,
      clock,
      observer: silentObserver,
      feed,
      holdMs: 25,
    });
    return {
      log,
      appends,
      feed,
      async open(id: string) {
        const accepted = acceptance(id, { started: { ...started(), definition: orderSaga.name } });
        const result = await log.accept(accepted);
        if (result.kind !== 'accepted') throw new Error(`${id} is ${result.kind}`);
        const saga = newLiveSaga(orderSaga, accepted, result.hash);
        return {
          learn: (step: string) => writer.append(saga, succeeded(step), trace),
          durable: () => writer.durable(saga),
          written: async () => (await log.events(id, 1)).map(({ event }) => 'step' in event && event.step),
        };
      },
    };
  }

  test('is written after the longest time, with what came in the meantime, though nothing else happens', async () => {
    const clock = createFakeClock();
    const { appends, open } = createSubject(clock);
    const saga = await open('s1');
    saga.learn('create-order');
    await clock.advance(20);
    saga.learn('reserve-stock');
    await clock.advance(4);
    expect(await saga.written()).toEqual([]);
    await clock.advance(1);
    expect(await saga.written()).toEqual(['create-order', 'reserve-stock']);
    await clock.advance(1_000);
    expect(appends).toHaveLength(1);
  });

  test('waits its own time, whatever other sagas hold back', async () => {
    const clock = createFakeClock();
    const { open } = createSubject(clock);
    const [one, other] = [await open('s1'), await open('s2')];
    one.learn('create-order');
    await clock.advance(10);
    other.learn('create-order');
    await clock.advance(15);
    expect([await one.written(), await other.written()]).toEqual([['create-order'], []]);
    await clock.advance(10);
    expect(await other.written()).toEqual(['create-order']);
  });

  test('waits its own time also when the saga was written in the meantime', async () => {
    const clock = createFakeClock();
    const { open } = createSubject(clock);
    const saga = await open('s1');
    saga.learn('create-order');
    await clock.advance(10);
    await saga.durable();
    await clock.advance(10);
    saga.learn('reserve-stock');
    await clock.advance(24);
    expect(await saga.written()).toEqual(['create-order']);
    await clock.advance(1);
    expect(await saga.written()).toEqual(['create-order', 'reserve-stock']);
  });

  test('does not wait for the time to come round again when the clock was set back', async () => {
    const steady = createFakeClock();
    let backMs = 0;
    const clock: Clock = {
      ...steady,
      now: () => steady.now() - backMs,
      sleepUntil: (untilMs, signal) => steady.sleepUntil(untilMs + backMs, signal),
    };
    const { open } = createSubject(clock);
    const [one, other] = [await open('s1'), await open('s2')];
    one.learn('create-order');
    await steady.advance(10);
    other.learn('create-order');
    backMs = 3_600_000;
    await steady.advance(50);
    expect([await one.written(), await other.written()]).toEqual([['create-order'], ['create-order']]);
  });

  test('is told to watchers as it is in the log, and chained to what was written before it', async () => {
    const { feed, log, open } = createSubject();
    const told: LoggedEvent[] = [];
    feed.subscribe('s1', (row) => told.push(row));
    const saga = await open('s1');
    saga.learn('create-order');
    saga.learn('reserve-stock');
    const first = saga.durable();
    // While the first two are on their way.
    saga.learn('charge-payment');
    saga.learn('confirm-order');
    await Promise.all([first, saga.durable()]);
    const logged = await log.events('s1', 0);
    expect(told).toEqual(logged.slice(1));
    expect(told).toHaveLength(4);
    expect(logged.map(({ prevHash }) => prevHash)).toEqual([
      NO_HASH,
      ...logged.slice(0, -1).map(({ hash }) => hash),
    ]);
  });

  test('is durable when somebody waits for it, and nothing is written when there is nothing', async () => {
    const { appends, open } = createSubject();
    const saga = await open('s1');
    await saga.durable();
    expect(appends).toEqual([]);
    saga.learn('create-order');
    await saga.durable();
    expect(await saga.written()).toEqual(['create-order']);
  });
});
