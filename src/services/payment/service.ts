import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Money } from '../../gen/ordersaga/common/v1/money_pb.js';
import {
  type ChargeResponseSchema,
  type PaymentSchema,
  PaymentService,
  PaymentStatus,
  type RefundResponseSchema,
} from '../../gen/ordersaga/payment/v1/payment_pb.js';
import { defineRpcService, type RpcService } from '../../rpc/rpc-service.ts';
import { notFound } from '../../rpc/server-error.ts';
import type { StoredAnswer } from '../../stores/sqlite/barrier.ts';
import { pageFrom, rangeFromRequest } from '../order-range.ts';
import { barrierCallFrom } from '../participant-call.ts';
import { type ChargingDeps, createCharging, paymentStep } from './charging.ts';
import type { Payment } from './payments.ts';
import type { Amount } from './processor.ts';

/** PaymentService over its store and a payment processor. */
export function createPaymentService(deps: ChargingDeps & { readonly now: () => number }): RpcService {
  const { database, now } = deps;
  const charging = createCharging(deps);
  return defineRpcService(PaymentService, {
    async charge({ orderId, customerId, amount: money }, context) {
      const amount = amountFrom(money);
      const decisive = [customerId, amount.currency, amount.amountMinor];
      const write = { sagaId: orderId, step: paymentStep, direction: 'action', decisive } as const;
      const call = barrierCallFrom(write, context, now());
      return answerMessage(await charging.charge({ call, caller: context.signal, customerId, amount }));
    },
    async refund({ orderId, reason }, context) {
      const write = { sagaId: orderId, step: paymentStep, direction: 'compensation', decisive: [] } as const;
      const call = barrierCallFrom(write, context, now());
      return answerMessage(await charging.refund({ call, caller: context.signal, reason }));
    },
    async getPayment({ orderId }) {
      const payment = await database.read('payment', orderId);
      if (payment === undefined) throw notFound(`no payment of order ${orderId}`);
      return { payment: paymentMessage(payment) };
    },
    async listPayments(request) {
      const range = rangeFromRequest(request);
      const { rows, nextPageToken } = pageFrom(await database.read('listPayments', range), range);
      return { payments: rows.map(paymentMessage), nextPageToken };
    },
  });
}

/** Validation has run before, so the bounds of Money hold and a number keeps the amount exact. */
function amountFrom(money: Money | undefined): Amount {
  if (money === undefined) throw new TypeError('validation lets no charge without an amount pass');
  return { currency: money.currencyCode, amountMinor: Number(money.minorUnits) };
}

type AnswerMessage = MessageInitShape<typeof ChargeResponseSchema> &
  MessageInitShape<typeof RefundResponseSchema>;

const answerMessage = (answer: StoredAnswer<Payment>): AnswerMessage => ({
  result:
    answer.kind === 'done'
      ? { case: 'payment', value: paymentMessage(answer.value) }
      : { case: 'refusal', value: answer.refusal },
});

const statusMessage: Readonly<Record<Payment['status'], PaymentStatus>> = {
  captured: PaymentStatus.CAPTURED,
  declined: PaymentStatus.DECLINED,
  refunded: PaymentStatus.REFUNDED,
  voided: PaymentStatus.VOIDED,
};

const paymentMessage = (payment: Payment): MessageInitShape<typeof PaymentSchema> => ({
  orderId: payment.orderId,
  status: statusMessage[payment.status],
  ...(payment.amount && {
    amount: {
      currencyCode: payment.amount.currency,
      minorUnits: BigInt(payment.amount.amountMinor),
    },
  }),
  processorReference: payment.processorReference ?? '',
  ...(payment.refusal && { refusal: payment.refusal }),
  createdAt: timestampFromMs(payment.createdAtMs),
  updatedAt: timestampFromMs(payment.updatedAtMs),
});
