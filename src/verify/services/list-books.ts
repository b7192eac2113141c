import { setTimeout as sleep } from 'node:timers/promises';
import { type InventoryService, ReservationStatus } from '../../gen/ordersaga/inventory/v1/inventory_pb.js';
import { type OrderService, OrderStatus } from '../../gen/ordersaga/order/v1/order_pb.js';
import { type PaymentService, PaymentStatus } from '../../gen/ordersaga/payment/v1/payment_pb.js';
import type { RpcClient } from '../../rpc/rpc-client.ts';
import { RpcError } from '../../rpc/rpc-error.ts';
import type { OrderBook, PaymentBook, ReservationBook, StockBook } from '../books.ts';
import { CannotCheck } from '../cannot-check.ts';

/** The clients of the three services whose books are read. */
export type BookClients = {
  readonly order: Pick<RpcClient<typeof OrderService>, 'listOrders'>;
  readonly inventory: Pick<RpcClient<typeof InventoryService>, 'listReservations' | 'listStock'>;
  readonly payment: Pick<RpcClient<typeof PaymentService>, 'listPayments'>;
};

/** Orders with ids above `afterId`, up to and including `untilId`. Empty: no bound. */
export type IdBounds = { readonly afterId: string; readonly untilId: string };

/** Every row rejects with {@link CannotCheck} when its service cannot be asked. Rows come in the order of ids. */
export type ServiceBooks = {
  orders(bounds: IdBounds): Promise<OrderBook[]>;
  reservations(bounds: IdBounds): Promise<ReservationBook[]>;
  payments(bounds: IdBounds): Promise<PaymentBook[]>;
  stock(): Promise<StockBook[]>;
};

const pageSize = 200;
const timeoutMs = 10_000;
const attempts = 4;
const retryAfterMs = 250;
/** A range holds one page of sagas. A service that sends more pages than this for one range is misbehaving. */
const mostPages = 1_000;

/** Reads what the services hold about orders through their APIs, so each may be anyone's implementation. */
export const listServiceBooks = ({ order, inventory, payment }: BookClients): ServiceBooks => ({
  orders: async ({ afterId, untilId }) =>
    // They come newest first.
    (
      await all('order', async (pageToken) => {
        const { orders, nextPageToken } = await order.listOrders(
          { afterId, untilId, pageSize, pageToken },
          { timeoutMs },
        );
        return { rows: orders.map(orderBookFrom), nextPageToken };
      })
    ).reverse(),
  reservations: ({ afterId, untilId }) =>
    all('inventory', async (pageToken) => {
      const { reservations, nextPageToken } = await inventory.listReservations(
        { afterOrderId: afterId, untilOrderId: untilId, pageSize, pageToken },
        { timeoutMs },
      );
      return { rows: reservations.map(reservationBookFrom), nextPageToken };
    }),
  payments: ({ afterId, untilId }) =>
    all('payment', async (pageToken) => {
      const { payments, nextPageToken } = await payment.listPayments(
        { afterOrderId: afterId, untilOrderId: untilId, pageSize, pageToken },
        { timeoutMs },
      );
      return { rows: payments.map(paymentBookFrom), nextPageToken };
    }),
  stock: async () => {
    const { stock } = await asking('inventory', () => inventory.listStock({}, { timeoutMs }));
    return stock.map(({ productId, available, reserved, stocked }) => ({
      productId,
      available: Number(available),
      reserved: Number(reserved),
      stocked: Number(stocked),
    }));
  },
});

type Page<Row> = { readonly rows: readonly Row[]; readonly nextPageToken: string };

async function all<Row>(service: string, ask: (pageToken: string) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  let pageToken = '';
  for (let page = 0; page < mostPages; page += 1) {
    const { rows: more, nextPageToken } = await asking(service, () => ask(pageToken));
    rows.push(...more);
    if (nextPageToken === '') return rows;
    pageToken = nextPageToken;
  }
  throw new CannotCheck(
    `The ${service} service lists more than ${mostPages * pageSize} rows without orders to them.`,
  );
}

async function asking<T>(service: string, ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      const isPassing = error.code === 'UNAVAILABLE' || error.code === 'DEADLINE_EXCEEDED';
      if (!isPassing || attempt === attempts)
        throw new CannotCheck(adviceOn(service, error), { cause: error });
      await sleep(retryAfterMs * attempt);
    }
  }
}

function adviceOn(service: string, { code }: RpcError): string {
  if (code === 'UNIMPLEMENTED')
    return `The ${service} service does not list its books; it has to implement the List methods of its proto.`;
  return `The ${service} service cannot be asked (${code}). See whether it runs and can be reached from the gateway.`;
}

type Sent<Method> = Method extends (...args: never) => Promise<infer Answer> ? Answer : never;
type OrderMessage = Sent<BookClients['order']['listOrders']>['orders'][number];
type ReservationMessage = Sent<BookClients['inventory']['listReservations']>['reservations'][number];
type PaymentMessage = Sent<BookClients['payment']['listPayments']>['payments'][number];

const orderBookFrom = ({ id, status, total, items }: OrderMessage): OrderBook => ({
  orderId: id,
  status: orderStatusOf(id, status),
  currency: total?.currencyCode ?? '',
  totalMinor: Number(total?.minorUnits ?? 0n),
  items: items.map(({ productId, quantity, price }) => ({
    productId,
    quantity,
    priceMinor: Number(price?.minorUnits ?? 0n),
  })),
});

const reservationBookFrom = ({ orderId, status, items }: ReservationMessage): ReservationBook => ({
  orderId,
  status: reservationStatusOf(orderId, status),
  items: items.map(({ productId, quantity }) => ({ productId, quantity })),
});

const paymentBookFrom = ({ orderId, status, amount, processorReference }: PaymentMessage): PaymentBook => ({
  orderId,
  status: paymentStatusOf(orderId, status),
  ...(amount && { currency: amount.currencyCode, amountMinor: Number(amount.minorUnits) }),
  ...(processorReference !== '' && { reference: processorReference }),
});

function orderStatusOf(orderId: string, status: OrderStatus): OrderBook['status'] {
  switch (status) {
    case OrderStatus.PENDING:
      return 'pending';
    case OrderStatus.CONFIRMED:
      return 'confirmed';
    case OrderStatus.CANCELLED:
      return 'cancelled';
    default:
      throw unknownStatus('order', orderId);
  }
}

function reservationStatusOf(orderId: string, status: ReservationStatus): ReservationBook['status'] {
  switch (status) {
    case ReservationStatus.HELD:
      return 'held';
    case ReservationStatus.RELEASED:
      return 'released';
    case ReservationStatus.REFUSED:
      return 'refused';
    default:
      throw unknownStatus('inventory', orderId);
  }
}

function paymentStatusOf(orderId: string, status: PaymentStatus): PaymentBook['status'] {
  switch (status) {
    case PaymentStatus.CAPTURED:
      return 'captured';
    case PaymentStatus.DECLINED:
      return 'declined';
    case PaymentStatus.REFUNDED:
      return 'refunded';
    case PaymentStatus.VOIDED:
      return 'voided';
    default:
      throw unknownStatus('payment', orderId);
  }
}

const unknownStatus = (service: string, orderId: string): CannotCheck =>
  new CannotCheck(`The ${service} service gives order ${orderId} a status that this version does not know.`);
