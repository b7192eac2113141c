import { describe, expect, test } from 'vitest';
import { createMemorySagaLog } from '../../src/stores/memory/saga-log.ts';
import { createFixture, failing, sagaId } from './engine-fixture.ts';

describe('an engine that stops', () => {
  test('keeps its lease until the calls under way have ended and are recorded', async () => {
    const { promise: holding, resolve: answer } = Promise.withResolvers<void>();
    const { accept, clock, disk, engine, types } = createFixture({ holding });
    const other = createMemorySagaLog({ disk, pid: 2 });
    const lapses = async () =>
      (await other.findUndriven({ owner: 'other', nowMs: clock.now(), limit: 9 })).map(({ lapse }) => lapse);
    await engine.start();
    const id = await accept();
    await clock.advance(0);
    const stopped = engine.stop(60_000);
    await clock.advance(1_000);
    expect(await lapses()).toEqual([]);
    answer();
    await stopped;
    expect(await lapses()).toEqual(['released']);
    expect(await types(id)).toEqual(['SagaStarted', 'StepSucceeded']);
  });

  test('waits no longer than it is given', async () => {
    const { accept, clock, engine } = createFixture({ hanging: [sagaId(1)] });
    await engine.start();
    await accept();
    await clock.advance(0);
    let isStopped = false;
    const stopped = engine.stop(1_000).then(() => {
      isStopped = true;
    });
    await clock.advance(999);
    expect(isStopped).toBe(false);
    await clock.advance(1);
    await stopped;
  });

  test('has written what the sagas that wait had learned', async () => {
    const { accept, clock, engine, types } = createFixture({
      script: { 'reserve-stock': [failing('retryable')] },
      // Nothing would be written in time but for the stop.
      limits: { holdMs: 3_600_000 },
    });
    const id = await accept();
    await clock.advance(0);
    await engine.stop(1_000);
    expect(await types(id)).toEqual(['SagaStarted', 'StepSucceeded', 'AttemptFailed']);
  });
});
