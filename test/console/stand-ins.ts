import {
  InventoryService,
  type Reservation,
  ReservationStatus,
} from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import {
  type Payment,
  PaymentService,
  PaymentStatus,
} from '../../src/gen/ordersaga/payment/v1/payment_pb.js';
import { defineRpcService } from '../../src/rpc/rpc-service.ts';
import { type RpcServer, startRpcServer } from '../../src/rpc/server.ts';
import { failedPrecondition, notFound, RpcServerError } from '../../src/rpc/server-error.ts';

/**
 * Somebody else's inventory and payment service, which keep their books in memory and can be told to refuse to undo
 * anything, or to forget what they were paid.
 */
export type StandIns = {
  readonly inventoryAddress: string;
  readonly paymentAddress: string;
  /**
   * What a release, a refund or a look at the payments is refused with; undefined while they work. `amnesia`: no payment
   * is known any more.
   */
  trouble: { release?: string; refund?: string; books?: string; amnesia?: boolean };
  close(): Promise<void>;
};

/** Charges of this customer end without an answer and without effect, which nobody can tell from here. */
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

type Bounds = { readonly afterOrderId: string; readonly untilOrderId: string };

/** The rows of a range of orders, which is never larger than a page. */
const between = <Row>(rows: ReadonlyMap<string, Row>, { afterOrderId, untilOrderId }: Bounds): Row[] =>
  [...rows]
    .filter(([id]) => id > afterOrderId && (untilOrderId === '' || id <= untilOrderId))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row);

type ReservationRow = Pick<Reservation, 'orderId' | 'status' | 'items'>;

const inventoryService = (trouble: StandIns['trouble']) => {
  const shelf = new Map([
    ['prod_1', { available: 1_200n, reserved: 0n }],
    ['prod_2', { available: 640n, reserved: 0n }],
    ['prod_3', { available: 0n, reserved: 0n }],
  ]);
  const reservations = new Map<string, ReservationRow>();

  function move(items: Reservation['items'], sign: 1 | -1): void {
    for (const { productId, quantity } of items) {
      const { available, reserved } = shelf.get(productId) ?? { available: 0n, reserved: 0n };
      const moved = BigInt(quantity * sign);
      shelf.set(productId, { available: available - moved, reserved: reserved + moved });
    }
  }
  const stockOf = ([productId, { available, reserved }]: [
    string,
    { readonly available: bigint; readonly reserved: bigint },
  ]) => ({ productId, available, reserved, stocked: available + reserved });

  return defineRpcService(InventoryService, {
    async reserve({ orderId, items }) {
      const known = reservations.get(orderId);
      if (known !== undefined) return { result: { case: 'reservation', value: known } };
      const missing = items.find(
        ({ productId, quantity }) => (shelf.get(productId)?.available ?? 0n) < BigInt(quantity),
      );
      if (missing !== undefined) {
        const message = `${missing.productId} has too few units`;
        return { result: { case: 'refusal', value: { code: 'out_of_stock', message } } };
      }
      move(items, 1);
      const made = { orderId, status: ReservationStatus.HELD, items };
      reservations.set(orderId, made);
      return { result: { case: 'reservation', value: made } };
    },
    async release({ orderId }) {
      if (trouble.release !== undefined) throw failedPrecondition(trouble.release);
      const { status, items } = reservations.get(orderId) ?? { status: undefined, items: [] };
      if (status === ReservationStatus.HELD) move(items, -1);
      const released = { orderId, status: ReservationStatus.RELEASED, items };
      reservations.set(orderId, released);
      return { result: { case: 'reservation', value: released } };
    },
    async getReservation({ orderId }) {
      const reservation = reservations.get(orderId);
      if (reservation === undefined) throw notFound(`no reservation of order ${orderId}`);
      return { reservation };
    },
    async listReservations(bounds) {
      return { reservations: between(reservations, bounds) };
    },
    async listStock() {
      return { stock: [...shelf].map(stockOf) };
    },
    async setStock({ productId, available }) {
      const row = { available, reserved: shelf.get(productId)?.reserved ?? 0n };
      shelf.set(productId, row);
      return { stock: stockOf([productId, row]) };
    },
  });
};

type PaymentRow = Pick<Payment, 'orderId' | 'status' | 'amount' | 'processorReference'>;

const paymentService = (trouble: StandIns['trouble']) => {
  const payments = new Map<string, PaymentRow>();
  return defineRpcService(PaymentService, {
    async charge({ orderId, customerId, amount }) {
      if (customerId === doubtfulCustomer)
        throw new RpcServerError('INTERNAL', 'connection to the acquirer was reset');
      if ((amount?.minorUnits ?? 0n) > limitMinor) {
        const message = 'over the limit of 500.00';
        return { result: { case: 'refusal', value: { code: 'payment_declined', message } } };
      }
      const payment = {
        orderId,
        status: PaymentStatus.CAPTURED,
        processorReference: `ch_${orderId}`,
        ...(amount && { amount }),
      };
      payments.set(orderId, payment);
      return { result: { case: 'payment', value: payment } };
    },
    async refund({ orderId }) {
      if (trouble.refund !== undefined) throw failedPrecondition(trouble.refund);
      const known = payments.get(orderId);
      const status = known === undefined ? PaymentStatus.VOIDED : PaymentStatus.REFUNDED;
      const payment = { processorReference: '', ...known, orderId, status };
      payments.set(orderId, payment);
      return { result: { case: 'payment', value: payment } };
    },
    async getPayment({ orderId }) {
      const payment = payments.get(orderId);
      if (payment === undefined) throw notFound(`no payment of order ${orderId}`);
      return { payment };
    },
    async listPayments(bounds) {
      if (trouble.books !== undefined) throw failedPrecondition(trouble.books);
      return { payments: trouble.amnesia ? [] : between(payments, bounds) };
    },
  });
};
