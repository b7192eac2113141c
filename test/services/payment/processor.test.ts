import { describe, expect, test } from 'vitest';
import type { PaymentProcessor, ProcessorCharge } from '../../../src/services/payment/processor.ts';
import {
  createSimulatedProcessor,
  type SimulatedProcessorOptions,
  testCustomers,
} from '../../../src/services/payment/simulated-processor.ts';
import { createLedgerProcessor } from './ledger-processor.ts';

const neverAborted = new AbortController().signal;

const charge = (changes: Partial<ProcessorCharge> = {}): ProcessorCharge => ({
  key: 'order_1',
  customerId: 'customer_1',
  amount: { currency: 'USD', amountMinor: 5_000 },
  signal: neverAborted,
  ...changes,
});

/** The promises of the port, for every adapter. */
function exerciseProcessor(create: () => PaymentProcessor): void {
  test('a repeated charge was answered the same', async () => {
    const processor = create();
    const first = await processor.charge(charge());
    expect(first.kind).toBe('approved');
    expect(await processor.charge(charge())).toEqual(first);
  });

  test('a refund succeeded, repeated and with nothing to give back', async () => {
    const processor = create();
    await processor.refund({ key: 'never_charged', signal: neverAborted });
    await processor.charge(charge());
    await processor.refund({ key: 'order_1', signal: neverAborted });
    await processor.refund({ key: 'order_1', signal: neverAborted });
  });

  test('a charge that came after the refund of its key took no effect', async () => {
    const processor = create();
    await processor.refund({ key: 'order_1', signal: neverAborted });
    expect((await processor.charge(charge())).kind).toBe('declined');
    expect((await processor.charge(charge({ key: 'order_2' }))).kind).toBe('approved');
  });
}

describe('the ledger of the tests', () => exerciseProcessor(createLedgerProcessor));

describe('the simulated processor', () => {
  exerciseProcessor(createSimulatedProcessor);

  const verdict = async (changes: Partial<ProcessorCharge>, options?: SimulatedProcessorOptions) =>
    (await createSimulatedProcessor(options).charge(charge(changes))).kind;

  test('500.00 passed and a cent more was declined', async () => {
    expect(await verdict({ amount: { currency: 'USD', amountMinor: 50_000 } })).toBe('approved');
    expect(await verdict({ amount: { currency: 'USD', amountMinor: 50_001 } })).toBe('declined');
  });

  test('the limit could be another for each currency', async () => {
    const limitMinorOf = (currency: string) => (currency === 'JPY' ? 500 : 50_000);
    const yen = { currency: 'JPY', amountMinor: 501 };
    expect(await verdict({ amount: yen }, { limitMinorOf })).toBe('declined');
    expect(await verdict({ amount: { ...yen, currency: 'USD' } }, { limitMinorOf })).toBe('approved');
  });

  test('test_declined was always declined', async () => {
    expect(
      await createSimulatedProcessor().charge(charge({ customerId: testCustomers.declined })),
    ).toMatchObject({
      kind: 'declined',
      code: 'payment_declined',
    });
  });

  test('test_flaky failed once an order', async () => {
    const processor = createSimulatedProcessor();
    for (const key of ['order_1', 'order_2']) {
      const flaky = charge({ key, customerId: testCustomers.flaky });
      await expect(processor.charge(flaky)).rejects.toThrow('flaky');
      expect((await processor.charge(flaky)).kind).toBe('approved');
    }
  });

  test('test_timeout got no answer until its signal aborted', async () => {
    const waiting = new AbortController();
    const answer = createSimulatedProcessor().charge(
      charge({ customerId: testCustomers.timeout, signal: waiting.signal }),
    );
    waiting.abort(new Error('given up'));
    await expect(answer).rejects.toThrow('given up');
  });

  test('it remembered no more keys than it was allowed', async () => {
    const processor = createSimulatedProcessor({ maxRemembered: 2 });
    for (const key of ['a', 'b', 'c']) await processor.refund({ key, signal: neverAborted });
    const verdicts = await Promise.all(['a', 'b', 'c'].map((key) => processor.charge(charge({ key }))));
    expect(verdicts.map(({ kind }) => kind)).toEqual(['approved', 'declined', 'declined']);
  });
});
