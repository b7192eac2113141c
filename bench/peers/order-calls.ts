import { InventoryService } from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { OrderService } from '../../src/gen/ordersaga/order/v1/order_pb.js';
import { PaymentService } from '../../src/gen/ordersaga/payment/v1/payment_pb.js';
import { createHopClient } from '../../src/rpc/hop-client.ts';

/** Where the participants listen. */
export type Addresses = { readonly order: string; readonly inventory: string; readonly payment: string };

/** An order as the load sends it. */
export type PeerOrder = {
  readonly customer_id: string;
  readonly items: readonly {
    readonly product_id: string;
    readonly quantity: number;
    readonly price: number;
  }[];
};

/** The calls of the order saga. Each resolves to undefined, or to the business reason of a "no". */
export type OrderCalls = Readonly<
  Record<
    | 'createOrder'
    | 'reserveStock'
    | 'chargePayment'
    | 'confirmOrder'
    | 'cancelOrder'
    | 'releaseStock'
    | 'refundPayment',
    (orderId: string, order: PeerOrder) => Promise<string | undefined>
  >
>;

type Answer = { readonly result: { readonly case?: string | undefined; readonly value?: unknown } };

const timeoutMs = 10_000;

/** Calls by the same client as ordersaga's own gateway, stream and all, so that hops cost every engine the same. */
export function connectOrderCalls({ order, inventory, payment }: Addresses): OrderCalls {
  const orders = createHopClient({ service: OrderService, address: order, timeoutMs }).client;
  const stock = createHopClient({ service: InventoryService, address: inventory, timeoutMs }).client;
  const payments = createHopClient({ service: PaymentService, address: payment, timeoutMs }).client;
  const reason = 'undone';
  return {
    createOrder: async (orderId, { customer_id: customerId, items }) =>
      refusalOf(
        await orders.createOrder(
          {
            orderId,
            customerId,
            items: items.map(({ product_id, quantity, price }) => ({
              productId: product_id,
              quantity,
              price: money(price),
            })),
            total: money(totalOf(items)),
            acceptedAt: { seconds: BigInt(Math.floor(Date.now() / 1_000)), nanos: 0 },
          },
          { metadata: metadataOf(orderId, 'create-order') },
        ),
      ),
    reserveStock: async (orderId, { items }) =>
      refusalOf(
        await stock.reserve(
          { orderId, items: items.map(({ product_id, quantity }) => ({ productId: product_id, quantity })) },
          { metadata: metadataOf(orderId, 'reserve-stock') },
        ),
      ),
    chargePayment: async (orderId, { customer_id: customerId, items }) =>
      refusalOf(
        await payments.charge(
          { orderId, customerId, amount: money(totalOf(items)) },
          { metadata: metadataOf(orderId, 'charge-payment') },
        ),
      ),
    confirmOrder: async (orderId) =>
      refusalOf(await orders.confirmOrder({ orderId }, { metadata: metadataOf(orderId, 'confirm-order') })),
    cancelOrder: async (orderId) => refusalOf(await orders.cancelOrder({ orderId, reason })),
    releaseStock: async (orderId) => refusalOf(await stock.release({ orderId, reason })),
    refundPayment: async (orderId) => refusalOf(await payments.refund({ orderId, reason })),
  };
}

const money = (amount: number) => ({ currencyCode: 'USD', minorUnits: BigInt(Math.round(amount * 100)) });

const totalOf = (items: PeerOrder['items']): number =>
  items.reduce((sum, { quantity, price }) => sum + quantity * price, 0);

const metadataOf = (orderId: string, step: string) => ({
  idempotencyKey: `${orderId}:${step}:action`,
  requestId: orderId,
  step,
});

const refusalOf = ({ result }: Answer): string | undefined =>
  result.case === 'refusal' ? JSON.stringify(result.value) : undefined;
