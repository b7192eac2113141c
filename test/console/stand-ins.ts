import { InventoryService, ReservationStatus } from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { PaymentService, PaymentStatus } from '../../src/gen/ordersaga/payment/v1/payment_pb.js';
import { defineRpcService } from '../../src/rpc/rpc-service.ts';
import { type RpcServer, startRpcServer } from '../../src/rpc/server.ts';
import { failedPrecondition, notFound, RpcServerError } from '../../src/rpc/server-error.ts';

/** Somebody else's inventory and payment service, which can be told to refuse to undo anything. */
export type StandIns = {
  readonly inventoryAddress: string;
  readonly paymentAddress: string;
  /** What a release or a refund is refused with; undefined while they work. */
  trouble: { release?: string; refund?: string };
  close(): Promise<void>;
};

/** Charges of this customer end without an answer, so that they may have happened. */
export const doubtfulCustomer = 'cust_doubt';
const limitMinor = 50_000n;

export async function startStandIns(): Promise<StandIns> {
  const trouble: StandIns['trouble'] = {};
  const inventory = await serve(inventoryService(trouble));
  const payment = await serve(paymentService(trouble));
  return {
    inventoryAddress: inventory.address,
    paymentAddress: payment.address,
    trouble,
    async close() {
      await Promise.all([inventory.close(), payment.close()]);
    },
  };
}

const serve = (service: ReturnType<typeof defineRpcService>): Promise<RpcServer> =>
  startRpcServer({ services: [service], onError: () => {}, closeTimeoutMs: 100 });

const inventoryService = (trouble: StandIns['trouble']) => {
  const stock = new Map([
    ['prod_1', 1_200n],
    ['prod_2', 640n],
    ['prod_3', 0n],
  ]);
  const held = (orderId: string) => ({ orderId, status: ReservationStatus.HELD, items: [] });
  return defineRpcService(InventoryService, {
    async reserve({ orderId, items }) {
      const missing = items.find(
        ({ productId, quantity }) => (stock.get(productId) ?? 0n) < BigInt(quantity),
      );
      if (missing !== undefined) {
        const message = `${missing.productId} has too few units`;
        return { result: { case: 'refusal', value: { code: 'out_of_stock', message } } };
      }
      for (const { productId, quantity } of items)
        stock.set(productId, (stock.get(productId) ?? 0n) - BigInt(quantity));
      return { result: { case: 'reservation', value: held(orderId) } };
    },
    async release({ orderId }) {
      if (trouble.release !== undefined) throw failedPrecondition(trouble.release);
      return {
        result: { case: 'reservation', value: { ...held(orderId), status: ReservationStatus.RELEASED } },
      };
    },
    async getReservation({ orderId }) {
      throw notFound(`no reservation of order ${orderId}`);
    },
    async listReservations() {
      return { reservations: [] };
    },
    async listStock() {
      return {
        stock: [...stock].map(([productId, available]) => ({ productId, available, stocked: available })),
      };
    },
    async setStock({ productId, available }) {
      stock.set(productId, available);
      return { stock: { productId, available, stocked: available } };
    },
  });
};

const paymentService = (trouble: StandIns['trouble']) =>
  defineRpcService(PaymentService, {
    async charge({ orderId, customerId, amount }) {
      if (customerId === doubtfulCustomer)
        throw new RpcServerError('INTERNAL', 'connection to the acquirer was reset');
      if ((amount?.minorUnits ?? 0n) > limitMinor) {
        const message = 'over the limit of 500.00';
        return { result: { case: 'refusal', value: { code: 'payment_declined', message } } };
      }
      const payment = { orderId, status: PaymentStatus.CAPTURED, processorReference: `ch_${orderId}` };
      return { result: { case: 'payment', value: payment } };
    },
    async refund({ orderId }) {
      if (trouble.refund !== undefined) throw failedPrecondition(trouble.refund);
      return { result: { case: 'payment', value: { orderId, status: PaymentStatus.REFUNDED } } };
    },
    async getPayment({ orderId }) {
      throw notFound(`no payment of order ${orderId}`);
    },
    async listPayments() {
      return { payments: [] };
    },
  });
