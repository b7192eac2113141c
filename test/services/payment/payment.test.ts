import { expect, test } from 'vitest';
import { PaymentStatus } from '../../../src/gen/ordersaga/payment/v1/payment_pb.js';
import { testCustomers } from '../../../src/services/payment/simulated-processor.ts';
import { errorOf, orderIdOf } from '../running.ts';
import { createLedgerProcessor } from './ledger-processor.ts';
import { processorKeyOf, startScene } from './scene.ts';

test('a charge within the limit was captured', async () => {
  const scene = await startScene();
  expect(await scene.charge(1, { amountMinor: 50_000 })).toMatchObject({
    case: 'payment',
    value: {
      orderId: orderIdOf(1),
      status: PaymentStatus.CAPTURED,
      amount: { currencyCode: 'USD', minorUnits: 50_000n },
      processorReference: `sim_${processorKeyOf(1)}`,
    },
  });
  expect(await scene.status(1)).toBe('CAPTURED');
});

test('a declined charge stayed declined for that order, and its refund gave nothing back', async () => {
  const scene = await startScene();
  const refused = await scene.charge(1, { amountMinor: 50_001 });
  expect(refused).toMatchObject({ case: 'refusal', value: { code: 'payment_declined' } });
  expect(await scene.charge(1, { amountMinor: 50_001 })).toEqual(refused);
  expect(await scene.refund(1)).toMatchObject({ case: 'payment', value: { status: PaymentStatus.DECLINED } });
  expect(await scene.status(1)).toBe('DECLINED');
});

test('the largest amount of all was kept exactly', async () => {
  const scene = await startScene({ limitMinorOf: () => Number.MAX_SAFE_INTEGER });
  await scene.charge(1, { amountMinor: Number.MAX_SAFE_INTEGER });
  const { payment } = await scene.client.getPayment({ orderId: orderIdOf(1) });
  expect(payment?.amount?.minorUnits).toBe(9_007_199_254_740_991n);
});

test('a refund gave the whole charge back and kept its record', async () => {
  const processor = createLedgerProcessor();
  const scene = await startScene({ processor });
  await scene.charge(1);
  expect(processor.held(processorKeyOf(1))).toBe(5_000);
  expect(await scene.refund(1)).toMatchObject({
    case: 'payment',
    value: {
      status: PaymentStatus.REFUNDED,
      amount: { minorUnits: 5_000n },
      processorReference: `ledger_${processorKeyOf(1)}`,
    },
  });
  expect(processor.held(processorKeyOf(1))).toBe(0);
});

test('a hundred refunds at once gave the money back once', async () => {
  const processor = createLedgerProcessor();
  const scene = await startScene({ processor });
  await scene.charge(1);
  await Promise.all(Array.from({ length: 100 }, () => scene.refund(1)));
  expect(processor.moves).toEqual({ charges: 1, refunds: 1 });
  expect(await scene.status(1)).toBe('REFUNDED');
});

test('a repeated charge did not reach the processor again, also after a restart', async () => {
  const processor = createLedgerProcessor();
  const before = await startScene({ processor });
  const first = await before.charge(1);
  await before.participant.close();
  const after = await startScene({ processor, file: before.file });
  expect(await after.charge(1)).toEqual(first);
  expect(processor.calls.charge).toBe(1);
});

test('a refund before any charge voided the payment, and the late charge never reached the processor', async () => {
  const processor = createLedgerProcessor();
  const scene = await startScene({ processor });
  await scene.refund(1);
  expect(await scene.charge(1)).toMatchObject({ case: 'refusal', value: { code: 'already_compensated' } });
  expect(processor.calls.charge).toBe(0);
  const { payment } = await scene.client.getPayment({ orderId: orderIdOf(1) });
  expect(payment).toMatchObject({
    status: PaymentStatus.VOIDED,
    refusal: { code: 'already_compensated' },
    processorReference: '',
  });
});

test('a stale refund did not reach the processor', async () => {
  const processor = createLedgerProcessor();
  const scene = await startScene({ processor });
  await scene.charge(1, {}, { metadata: { epoch: 2 } });
  const error = await errorOf(scene.refund(1, { metadata: { epoch: 1 } }));
  expect(error.reason).toBe('STALE_EPOCH');
  expect(processor.calls.refund).toBe(0);
});

test('test_declined saw the charge declined', async () => {
  const scene = await startScene();
  const result = await scene.charge(1, { customerId: testCustomers.declined });
  expect(result).toMatchObject({ case: 'refusal', value: { code: 'payment_declined' } });
});

test('test_timeout saw every attempt time out, and was charged nothing', async () => {
  const scene = await startScene({ processorTimeoutMs: 20 });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const error = await errorOf(scene.charge(1, { customerId: testCustomers.timeout }));
    expect(error.code).toBe('DEADLINE_EXCEEDED');
  }
  expect(await scene.status(1)).toBe('ABSENT');
  expect(await scene.refund(1)).toMatchObject({ case: 'payment', value: { status: PaymentStatus.VOIDED } });
});

test('test_lost_reply saw the first reply lost after the commit, once an order', async () => {
  const scene = await startScene();
  const customerId = testCustomers.lostReply;
  for (const order of [1, 2]) {
    expect((await errorOf(scene.charge(order, { customerId }))).code).toBe('UNAVAILABLE');
    expect(await scene.status(order)).toBe('CAPTURED');
    expect((await scene.charge(order, { customerId })).case).toBe('payment');
  }
});

test('test_flaky saw the first attempt fail with nothing taken', async () => {
  const scene = await startScene();
  const customerId = testCustomers.flaky;
  expect((await errorOf(scene.charge(1, { customerId }))).code).toBe('UNAVAILABLE');
  expect(await scene.status(1)).toBe('ABSENT');
  expect((await scene.charge(1, { customerId })).case).toBe('payment');
});

test('the test customers meant nothing to another processor', async () => {
  const scene = await startScene({ processor: createLedgerProcessor() });
  for (const [order, customerId] of Object.values(testCustomers).entries())
    expect((await scene.charge(order, { customerId })).case).toBe('payment');
});

test.each([
  ['no amount', { orderId: orderIdOf(1), customerId: 'c' }, 'amount'],
  [
    'a negative amount',
    { orderId: orderIdOf(1), customerId: 'c', amount: { currencyCode: 'USD', minorUnits: -1n } },
    'amount.minor_units',
  ],
  [
    'more than 2^53 - 1',
    { orderId: orderIdOf(1), customerId: 'c', amount: { currencyCode: 'USD', minorUnits: 2n ** 53n } },
    'amount.minor_units',
  ],
  [
    'a currency in lower case',
    { orderId: orderIdOf(1), customerId: 'c', amount: { currencyCode: 'usd', minorUnits: 1n } },
    'amount.currency_code',
  ],
])('a charge of %s was invalid and left no trace', async (_, request, field) => {
  const scene = await startScene();
  const error = await errorOf(scene.client.charge(request));
  expect(error.code).toBe('INVALID_ARGUMENT');
  expect(error.fieldViolations.map((violation) => violation.field)).toEqual([field]);
  expect(await scene.status(1)).toBe('ABSENT');
});
