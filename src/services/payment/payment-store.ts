import {
  alreadyCompensated,
  type BarrierCall,
  barrierSchema,
  createBarrier,
  type Verdict,
} from '../../stores/sqlite/barrier.ts';
import type { Program } from '../../stores/sqlite/program.ts';
import type { OrderRange } from '../order-range.ts';
import { createPayments, type Payment, paymentSchema } from './payments.ts';
import type { Amount, ChargeVerdict } from './processor.ts';

/** A charge as the processor answered it. */
export type AnsweredCharge = {
  readonly call: BarrierCall;
  readonly customerId: string;
  readonly amount: Amount;
  readonly verdict: ChargeVerdict;
};

export type PaymentOperations = {
  /** Whether the call still has to be carried out; to be checked before the processor is asked. */
  isOpen(call: BarrierCall): boolean;
  /** The verdict on a call that is not open. */
  replay(call: BarrierCall): Verdict<Payment>;
  recordCharge(charge: AnsweredCharge): Verdict<Payment>;
  /** Records what the processor has already given back. */
  recordRefund(refund: { readonly call: BarrierCall; readonly reason: string }): Verdict<Payment>;
  payment(orderId: string): Payment | undefined;
  /** One more than the limit, if there are that many. */
  listPayments(range: OrderRange): Payment[];
};

/** Schema and SQL of the payment service. */
export const program: Program<PaymentOperations> = {
  migrations: [barrierSchema + paymentSchema],
  brief: ['isOpen', 'replay', 'recordCharge', 'recordRefund', 'payment'],
  create: (database) => {
    const payments = createPayments(database);
    const barrier = createBarrier(database);
    return {
      isOpen: (call) => barrier.isOpen(call),
      replay: (call) => barrier.replay(call),
      payment: payments.find,
      listPayments: payments.list,
      recordCharge: ({ call, customerId, amount, verdict }) =>
        barrier.once(call, () => {
          const charge = { orderId: call.sagaId, customerId, amount, atMs: call.atMs };
          if (verdict.kind === 'declined') {
            const { code, message } = verdict;
            const refusal = { code, message };
            payments.add({ ...charge, status: 'declined', refusal });
            return { kind: 'refused', refusal };
          }
          const { reference: processorReference } = verdict;
          return { kind: 'done', value: payments.add({ ...charge, status: 'captured', processorReference }) };
        }),
      recordRefund: ({ call, reason }) =>
        barrier.once(call, () => {
          const { sagaId: orderId, atMs } = call;
          const found =
            payments.find(orderId) ??
            payments.add({ orderId, status: 'voided', refusal: alreadyCompensated, atMs });
          const captured = found.status === 'captured';
          const payment: Payment = captured ? { ...found, status: 'refunded', updatedAtMs: atMs } : found;
          payments.refund(payment, reason);
          return { kind: 'done', value: payment };
        }),
    };
  },
};
