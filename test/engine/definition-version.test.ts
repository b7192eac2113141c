import { expect, test } from 'vitest';
import { orderSaga } from '../../src/checkout/order-saga.ts';
import { createSagaDisk } from '../../src/stores/memory/saga-disk.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFixture, failing, no, sagaId } from './engine-fixture.ts';

const nextVersion = { ...orderSaga, version: orderSaga.version + 1 };

test('a saga of another version is left alone, and said so once, while others are recovered', async () => {
  const disk = createSagaDisk();
  const clock = createFakeClock();
  const old = createFixture({ disk, clock, owner: 'old', pid: 1, script: { 'charge-payment': ['hang'] } });
  await old.engine.start();
  const left = await old.accept(sagaId(1));
  await clock.advance(1);
  await old.engine.stop(0);
  const next = createFixture({ disk, clock, owner: 'next', pid: 2, definition: nextVersion });
  await next.engine.start();
  const taken = await next.accept(sagaId(2));
  await clock.advance(30_000);
  expect(await next.status(taken)).toBe('completed');
  expect(await next.log.get(left)).toMatchObject({ status: 'running', owner: 'old', epoch: 1 });
  expect(next.troubles).toEqual(['a saga of an unknown version waits']);

  const again = createFixture({ disk, clock, owner: 'old again', pid: 3 });
  await again.engine.start();
  await clock.advanceUntil(async () => (await again.status(left)) === 'completed');
});

test('a decision about a halted saga of another version is refused, with the versions', async () => {
  const disk = createSagaDisk();
  const clock = createFakeClock();
  const script = { 'charge-payment': [no('payment_declined')], 'release-stock': [failing('faulted')] };
  const old = createFixture({ disk, clock, script });
  const id = await old.accept();
  await clock.advanceUntil(async () => (await old.status(id)) === 'halted');
  const next = createFixture({ disk, clock, owner: 'next', definition: nextVersion });
  const result = await next.engine.command(id, { kind: 'retry', by: 'ada', reason: 'inventory is back' });
  expect(result).toEqual({
    kind: 'refused',
    why: 'it was started by version 1 of the saga "order", and this process knows version 2 of "order"',
  });
  expect((await old.types(id)).at(-1)).toBe('SagaHalted');
});
