import { expect, test } from 'vitest';
import { createFixture, done, no, sagaId, unreached } from './engine-fixture.ts';

const outageMs = 60_000;
const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);

test('a saga waits as long as nobody can be reached, and uses up no attempt', async () => {
  const { accept, clock, calls, status, types } = createFixture({
    script: { 'reserve-stock': [...times(60, unreached), done] },
  });
  const id = await accept();
  await clock.advance(outageMs - 1_000);
  expect(await status(id)).toBe('running');
  expect(await types(id)).toEqual(['SagaStarted', 'StepSucceeded']);
  await clock.advanceUntil(async () => (await status(id)) === 'completed');
  expect(new Set(calls.filter((call) => call.startsWith('reserve-stock')))).toEqual(
    new Set(['reserve-stock#1']),
  );
});

test('its deadline turns it back, and the undo waits as long as it takes', async () => {
  const { accept, clock, status } = createFixture({
    script: {
      'charge-payment': [unreached],
      'release-stock': [...times(1_000, unreached), done],
    },
  });
  const id = await accept();
  await clock.advance(15 * 60_000 + 1_000);
  expect(await status(id)).toBe('compensating');
  await clock.advance(15 * 60_000);
  expect(await status(id)).toBe('compensating');
  await clock.advanceUntil(async () => (await status(id)) === 'compensated');
});

test('an inquiry that reaches nobody is asked again', async () => {
  const doubt = { kind: 'inDoubt', failure: unreached.failure } as const;
  const { accept, clock, calls, status } = createFixture({
    script: { 'charge-payment': [doubt] },
    findings: [...times(30, unreached), { kind: 'tookEffect' }],
  });
  const id = await accept();
  await clock.advanceUntil(async () => (await status(id)) === 'completed');
  expect(new Set(calls.filter((call) => call.startsWith('get-payment')))).toEqual(new Set(['get-payment#1']));
});

test('one saga tries for all, and all go on as soon as it is answered', async () => {
  const { accept, clock, calls, status } = createFixture({
    script: { 'create-order': [...times(5, unreached), done] },
  });
  const ids = Array.from({ length: 50 }, (_, index) => sagaId(index + 1));
  await Promise.all(ids.map((id) => accept(id)));
  const completed = async () => (await Promise.all(ids.map(status))).every((each) => each === 'completed');
  // The sixth call is answered: by then the breaker was open five times, a second each.
  await clock.advanceUntil(completed, 6_000);
  // A call for each saga, and those that reached nobody: all of the first moment, then one at a time.
  expect(calls.filter((call) => call.startsWith('create-order')).length).toBeLessThan(60);
});

test('a customer who cancels in the meantime is heard at once', async () => {
  const { accept, clock, engine, status } = createFixture({ script: { 'reserve-stock': [unreached] } });
  const id = await accept();
  await clock.advance(10_000);
  await engine.command(id, { kind: 'cancel', by: 'customer', reason: 'too slow' });
  await clock.advance(1);
  expect(await status(id)).toBe('compensated');
});

test('a "no" of somebody who can be reached turns the saga back as ever', async () => {
  const { accept, clock, status } = createFixture({
    script: { 'charge-payment': [unreached, no('payment_declined')] },
  });
  const id = await accept();
  await clock.advanceUntil(async () => (await status(id)) === 'compensated', 5_000);
});
