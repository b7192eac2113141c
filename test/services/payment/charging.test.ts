import { expect, test } from 'vitest';
import { resourceExhausted, unavailable } from '../../../src/rpc/server-error.ts';
import { createCharging } from '../../../src/services/payment/charging.ts';
import type { PaymentOperations } from '../../../src/services/payment/payment-store.ts';
import type { DatabaseClient } from '../../../src/stores/sqlite/database.ts';
import { createLedgerProcessor } from './ledger-processor.ts';

const call = {
  sagaId: 'saga_1',
  step: 'charge-payment',
  direction: 'action',
  epoch: 1,
  fingerprint: '',
  atMs: 1,
} as const;
const key = 'saga_1:charge-payment:action';
const caller = new AbortController().signal;
const amount = { currency: 'USD', amountMinor: 5_000 };

/** A charging whose records fail with this. */
function chargingThatFails(error: Error) {
  const database: DatabaseClient<PaymentOperations> = {
    read: () => Promise.resolve(true as never),
    write: () => Promise.reject(error),
    close: () => Promise.resolve(),
  };
  const processor = createLedgerProcessor();
  const options = { database, processor, processorTimeoutMs: 1_000, losesReplyTo: () => false };
  return { processor, charging: createCharging(options) };
}

test.each([
  ['too much is queued', resourceExhausted('too many calls are waiting; nothing was done')],
  ['the disk fails', unavailable('the service cannot reach its storage')],
])('a charge that the processor made is in doubt when %s', async (_, error) => {
  const { charging, processor } = chargingThatFails(error);
  const charged = charging.charge({ call, caller, customerId: 'customer_1', amount });
  // Anything else would let the saga go back without a refund.
  await expect(charged).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(processor.held(key)).toBe(5_000);
});

test('a refund that cannot be recorded is in doubt, and is repeated', async () => {
  const { charging } = chargingThatFails(resourceExhausted('too many calls are waiting; nothing was done'));
  const refunded = charging.refund({ call: { ...call, direction: 'compensation' }, caller, reason: 'test' });
  await expect(refunded).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
