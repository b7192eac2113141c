import { expect, onTestFinished, test } from 'vitest';
import { watchHalted } from '../../src/boot/halted-sagas.ts';
import { orderSaga } from '../../src/checkout/order-saga.ts';
import { createSagaDisk } from '../../src/stores/memory/saga-disk.ts';
import { createMemorySagaLog } from '../../src/stores/memory/saga-log.ts';
import { createFixture, done, failing, no, sagaId } from '../engine/engine-fixture.ts';
import { startFixture } from '../observability/telemetry-fixture.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const input = {
  customerId: 'cust_123',
  currency: 'USD',
  items: [{ productId: 'prod_1', quantity: 1, priceMinor: 5_000 }],
  totalMinor: 5_000,
};
const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

test('a saga is counted as halted from when another gateway halts it until another one takes it up', async () => {
  const disk = createSagaDisk();
  const clock = createFakeClock();
  const script = {
    'charge-payment': [no('payment_declined')],
    'release-stock': [failing('faulted'), done],
  };
  const other = createFixture({ disk, clock, script, owner: 'other', pid: 2 });
  const { telemetry } = await startFixture({ now: () => clock.now() });
  onTestFinished(() => telemetry.close());
  const watch = await watchHalted({
    sagaLog: createMemorySagaLog({ disk }),
    definition: orderSaga,
    clock,
    observer: telemetry.engineObserver,
  });
  const halted = () =>
    telemetry.read('sagasUnfinished').find(({ labels: [status] }) => status === 'halted')?.value;
  const id = sagaId(1);
  await other.engine.accept({ sagaId: id, input, traceparent, atMs: clock.now() });
  await clock.advanceUntil(async () => (await other.status(id)) === 'halted');
  await clock.advance(60_000);
  expect(halted()).toBe(1);
  await other.engine.command(id, { kind: 'retry', by: 'ops', reason: 'mended' });
  await clock.advanceUntil(async () => (await other.status(id)) === 'compensated');
  await clock.advance(60_000);
  expect(halted()).toBe(0);
  await watch.stop();
});
