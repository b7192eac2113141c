import { PaymentService, PaymentStatus } from '../gen/ordersaga/payment/v1/payment_pb.js';
import { createRpcClient } from '../rpc/client.ts';
import { RpcError } from '../rpc/rpc-error.ts';

/** What became of the money of one order, in minor units. */
export type Money = { readonly capturedMinor: number; readonly refundedMinor: number };

export type PaymentReader = {
  /** Nothing captured and nothing refunded when the payment service never heard of the order. */
  moneyOf(orderId: string): Promise<Money>;
  close(): void;
};

/** Asks a payment service, over gRPC, what it charged and refunded. */
export function createPaymentReader(address: string): PaymentReader {
  const { client, close } = createRpcClient({ service: PaymentService, address, timeoutMs: 5_000 });
  return {
    async moneyOf(orderId) {
      try {
        const { payment } = await client.getPayment({ orderId });
        const minor = Number(payment?.amount?.minorUnits ?? 0n);
        const refunded = payment?.status === PaymentStatus.REFUNDED;
        const captured = refunded || payment?.status === PaymentStatus.CAPTURED;
        return { capturedMinor: captured ? minor : 0, refundedMinor: refunded ? minor : 0 };
      } catch (error) {
        if (error instanceof RpcError && error.code === 'NOT_FOUND')
          return { capturedMinor: 0, refundedMinor: 0 };
        throw error;
      }
    },
    close,
  };
}
