import { PaymentService, PaymentStatus } from '../../../src/gen/ordersaga/payment/v1/payment_pb.js';
import type { CallMetadata } from '../../../src/rpc/metadata.ts';
import { paymentStep } from '../../../src/services/payment/charging.ts';
import { type PaymentOptions, startPayment } from '../../../src/services/payment/start.ts';
import type { Result } from '../exercise-participant.ts';
import { orderIdOf, type RunOptions, run } from '../running.ts';

type ExtraOptions = Pick<PaymentOptions, 'processor' | 'limitMinorOf' | 'processorTimeoutMs'>;
type Call = { readonly metadata?: CallMetadata; readonly timeoutMs?: number; readonly signal?: AbortSignal };

/** A payment service and short words for what tests do with it. */
export async function startScene({ file, ...options }: RunOptions & ExtraOptions = {}) {
  const service = await run(PaymentService, (all) => startPayment({ ...options, ...all }), {
    ...options,
    ...(file !== undefined && { file }),
  });
  const { client } = service;
  return {
    ...service,
    charge: async (order: number, changes: Charge = {}, call: Call = {}): Promise<Result> => {
      const { customerId = 'customer_1', amountMinor = 5_000, currency = 'USD' } = changes;
      const amount = { currencyCode: currency, minorUnits: BigInt(amountMinor) };
      return (await client.charge({ orderId: orderIdOf(order), customerId, amount }, call)).result;
    },
    refund: async (order: number, call: Call = {}): Promise<Result> =>
      (await client.refund({ orderId: orderIdOf(order), reason: 'test' }, call)).result,
    /** Name of the payment's status; ABSENT when there is no payment. */
    async status(order: number): Promise<string> {
      const found = await client.getPayment({ orderId: orderIdOf(order) }).catch(() => undefined);
      return found?.payment === undefined ? 'ABSENT' : PaymentStatus[found.payment.status];
    },
  };
}

type Charge = { readonly customerId?: string; readonly amountMinor?: number; readonly currency?: string };

/** The key under which the processor knows the charge of an order. */
export const processorKeyOf = (order: number): string => `${orderIdOf(order)}:${paymentStep}:action`;
