import { expect, test } from 'vitest';
import { orderSaga } from '../../src/checkout/order-saga.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFixture, done, no, sagaId, unreached } from './engine-fixture.ts';

const startMs = 1_700_000_000_000;
const deadlineMs = 15 * 60_000;
const backAfter = (ms: number) => ({ clock: createFakeClock(startMs), awayUntilMs: startMs + ms });

test('a saga waits as long as nobody can be reached, and uses up no attempt', async () => {
  const { accept, clock, calls, status, types } = createFixture(backAfter(60_000));
  const id = await accept();
  await clock.advance(59_000);
  expect(await status(id)).toBe('running');
  expect(calls).toEqual(['create-order#1']);
  expect(await types(id)).toEqual(['SagaStarted', 'SagaHeld']);
  await clock.advanceUntil(async () => (await status(id)) === 'completed', 2_000);
  expect((await types(id)).slice(0, 4)).toEqual(['SagaStarted', 'SagaHeld', 'HoldEnded', 'StepSucceeded']);
  expect(calls.slice(0, 2)).toEqual(['create-order#1', 'create-order#1']);
});

test('its deadline turns it back, and the undo waits as long as it takes', async () => {
  const { accept, clock, status } = createFixture(backAfter(2 * deadlineMs));
  const id = await accept();
  await clock.advance(deadlineMs - 1_000);
  expect(await status(id)).toBe('running');
  await clock.advanceUntil(async () => (await status(id)) !== 'running', 1_001);
  // Its call reached nobody, so there is nothing to undo.
  expect(await status(id)).toBe('compensated');
});

test('an undo waits as long as it takes', async () => {
  const hour = 3_600_000;
  const clock = createFakeClock(startMs);
  const first = createFixture({
    clock,
    script: { 'charge-payment': [no('declined')], 'release-stock': ['hang'] },
  });
  await first.engine.start();
  const id = await first.accept();
  await clock.advance(10);
  expect(await first.status(id)).toBe('compensating');
  await first.engine.stop(0);
  const next = createFixture({ clock, disk: first.disk, owner: 'next', awayUntilMs: startMs + hour });
  await next.engine.start();
  await clock.advance(hour - 1_000);
  expect(await next.status(id)).toBe('compensating');
  await clock.advanceUntil(async () => (await next.status(id)) === 'compensated', 3_000);
});

test('an inquiry that reaches nobody is asked again', async () => {
  const doubt = { kind: 'inDoubt', failure: unreached.failure } as const;
  const { accept, clock, calls, status } = createFixture({
    script: { 'charge-payment': [doubt] },
    findings: [unreached, unreached, { kind: 'tookEffect' }],
  });
  const id = await accept();
  await clock.advanceUntil(async () => (await status(id)) === 'completed');
  expect(calls.filter((call) => call.startsWith('get-payment'))).toEqual(Array(3).fill('get-payment#1'));
});

test('nobody calls while the participant is away, and all go on as soon as it is back', async () => {
  const { accept, clock, calls, engine, status } = createFixture(backAfter(5_500));
  const ids = Array.from({ length: 50 }, (_, index) => sagaId(index + 1));
  await Promise.all(ids.map((id) => accept(id)));
  await clock.advance(5_000);
  const inVain = calls.length;
  // Each was on its way before the first one had come back.
  expect(inVain).toBeLessThanOrEqual(50);
  expect(engine.status().breakers.order).toBe('open');
  const completed = async () => (await Promise.all(ids.map(status))).every((each) => each === 'completed');
  await clock.advanceUntil(completed, 1_500);
  expect(calls).toHaveLength(inVain + 4 * 50);
});

test('one that is called away again is waited for again', async () => {
  const { accept, clock, status, types } = createFixture({
    script: { 'reserve-stock': [unreached, unreached, unreached, done] },
  });
  const id = await accept();
  await clock.advanceUntil(async () => (await status(id)) === 'completed', 4_000);
  expect((await types(id)).filter((type) => type === 'SagaHeld')).toHaveLength(3);
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

test('inquiries that bring no answer open the breaker as calls do', async () => {
  const once = { maxAttempts: 1, initialBackoffMs: 0, maxBackoffMs: 0 };
  const { failure } = unreached;
  const { accept, clock, engine } = createFixture({
    definition: { ...orderSaga, steps: orderSaga.steps.map((step) => ({ ...step, retry: once })) },
    script: { 'charge-payment': [{ kind: 'inDoubt', failure }] },
    findings: [{ kind: 'unanswered', failure }],
  });
  // Too few for their charges to open it.
  for (let n = 1; n <= 5; n += 1) await accept(sagaId(n));
  await clock.advanceUntil(() => engine.status().breakers.payment === 'open');
});
