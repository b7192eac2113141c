import { expect, test } from 'vitest';
import { Overloaded } from '../../src/engine/engine.ts';
import { createMemorySagaLog } from '../../src/stores/memory/saga-log.ts';
import { createFixture, done, failing, sagaId } from './engine-fixture.ts';

test('a burst does not pass the bound while none of it is durable yet', async () => {
  const { accept, engine } = createFixture({ limits: { maxLive: 2 } });
  const results = await Promise.allSettled([1, 2, 3, 4].map((n) => accept(sagaId(n))));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
  expect(engine.status().pendingAccepts).toBe(0);
});

test('a saga that waited once counts as at work when it is, and not at all after its end', async () => {
  const ids = [1, 2, 3].map(sagaId);
  const { accept, clock, status } = createFixture({
    limits: { maxActive: 1 },
    script: { 'create-order': [failing('retryable'), done] },
    hanging: ids.slice(1),
  });
  await accept(sagaId(1));
  await clock.advanceUntil(async () => (await status(sagaId(1))) === 'completed');
  await accept(sagaId(2));
  await expect(accept(sagaId(3))).rejects.toMatchObject({ name: 'Overloaded', why: 'busy' });
});

test('a saga that was written although nobody could say so is driven, and not blamed', async () => {
  let isSilent = false;
  const log = createMemorySagaLog({
    commit(write) {
      write();
      if (isSilent) throw new Error('no answer');
    },
  });
  const { accept, clock, engine, status } = createFixture({ log });
  await engine.start();
  isSilent = true;
  await expect(accept()).rejects.toThrow(Overloaded);
  isSilent = false;
  await clock.advanceUntil(async () => (await status(sagaId(1))) === 'completed');
  const [, recovered] = await log.events(sagaId(1), 0);
  expect(recovered?.event).toMatchObject({ type: 'SagaRecovered', after: 'handover' });
});

test('the next order shows that the log can be written again, before its saga has ended', async () => {
  let isFull = true;
  const log = createMemorySagaLog({
    commit(write) {
      if (isFull) throw new Error('disk full');
      write();
    },
  });
  const { accept, engine } = createFixture({ log, hanging: [sagaId(2)] });
  await expect(accept(sagaId(1))).rejects.toThrow(Overloaded);
  expect(engine.status().logFailing).toBe(true);
  isFull = false;
  await accept(sagaId(2));
  expect(engine.status().logFailing).toBe(false);
});
