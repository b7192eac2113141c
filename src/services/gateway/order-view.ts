import { create } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromDate, timestampMs } from '@bufbuild/protobuf/wkt';
import { z } from 'zod';
import { endingByHand } from '../../checkout/by-hand.ts';
import { customerReason } from '../../checkout/customer-reason.ts';
import { decimalFromMinor, exactMinorFromDecimal } from '../../checkout/money.ts';
import type { OrderInput } from '../../checkout/order.ts';
import type { OrderAnswer } from '../../contract/orders.ts';
import { type Order, OrderSchema, OrderStatus } from '../../gen/ordersaga/order/v1/order_pb.js';
import { pivotIndex, type SagaDefinition } from '../../saga/definition.ts';
import { type SagaState, skippedSteps } from '../../saga/state.ts';
import type { SagaRecord } from '../../stores/saga-log.ts';
import type { AnswerOf } from './agreement.ts';
import { isoFrom } from './iso-time.ts';

const amount = z.number().nonnegative().meta({ description: 'Decimal amount in `currency`.', example: 50 });
const time = z.iso.datetime().meta({ description: 'RFC 3339, UTC.' });

/** An order as clients see it. */
export const orderSchema = z
  .object({
    id: z.uuid().meta({ description: 'UUIDv7; also the id of its saga.' }),
    customer_id: z.string(),
    status: z.enum(['PENDING', 'CONFIRMED', 'CANCELLED']),
    total: amount,
    currency: z.string(),
    reason: z.string().optional().meta({ description: 'Why it was cancelled, for the customer.' }),
    items: z.array(z.object({ product_id: z.string(), quantity: z.int(), price: amount })),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Order' });

export type OrderView = AnswerOf<OrderAnswer, z.infer<typeof orderSchema>>;
export type OrderViewStatus = OrderView['status'];

/** The order as its saga knows it. The order service owns orders; this is what can be said without asking it. */
export function orderFromInput(
  { id, createdAtMs, updatedAtMs }: Pick<SagaRecord, 'id' | 'createdAtMs' | 'updatedAtMs'>,
  { customerId, currency, items, totalMinor }: OrderInput,
  { status, reason }: { readonly status: OrderViewStatus; readonly reason?: string | undefined },
): OrderView {
  return {
    id,
    customer_id: customerId,
    status,
    total: decimalFromMinor(totalMinor, currency),
    currency,
    ...(reason !== undefined && { reason }),
    items: items.map(({ productId, quantity, priceMinor }) => ({
      product_id: productId,
      quantity,
      price: decimalFromMinor(priceMinor, currency),
    })),
    created_at: isoFrom(createdAtMs),
    updated_at: isoFrom(updatedAtMs),
  };
}

/**
 * The order's status as its saga tells it: decided once the pivot took effect, or once everything is undone. What a person
 * handled by hand decides nothing here; only the order service knows whether it was ended.
 */
function statusFromSaga(
  definition: SagaDefinition,
  state: SagaState,
): { readonly status: OrderViewStatus; readonly reason?: string } {
  if (endingByHand(state.status, skippedSteps(state.steps)) !== undefined) return { status: 'PENDING' };
  if (state.status === 'compensated') {
    return { status: 'CANCELLED', ...(state.cause && { reason: customerReason(state.cause) }) };
  }
  const pivot = state.steps[pivotIndex(definition)];
  const confirmed = state.status === 'completed' || pivot?.status === 'succeeded';
  return { status: confirmed ? 'CONFIRMED' : 'PENDING' };
}

/** An order as its saga tells it. */
export const orderFromSaga = (
  definition: SagaDefinition,
  saga: { readonly record: SagaRecord; readonly input: OrderInput; readonly state?: SagaState | undefined },
): OrderView => {
  const { record, input, state } = saga;
  return orderFromInput(record, input, state ? statusFromSaga(definition, state) : statusFromRecord(record));
};

/** The status of an order whose saga's events this process cannot read: what the saga's row says, without a reason. */
function statusFromRecord({ status }: SagaRecord): { readonly status: OrderViewStatus } {
  if (status === 'completed') return { status: 'CONFIRMED' };
  return { status: status === 'compensated' ? 'CANCELLED' : 'PENDING' };
}

/** @throws Error when the order service sent an order with parts missing, which is a bug of that service */
export function orderFromMessage(order: Order): OrderView {
  const { total, createdAt, updatedAt } = order;
  if (!total || !createdAt || !updatedAt) throw new Error(`order ${order.id} came without total or times`);
  const currency = total.currencyCode;
  return {
    id: order.id,
    customer_id: order.customerId,
    status: statusFromMessage(order),
    total: decimalFromMinor(Number(total.minorUnits), currency),
    currency,
    ...(order.reason !== '' && { reason: order.reason }),
    items: order.items.map(({ productId, quantity, price }) => {
      if (!price) throw new Error(`order ${order.id} came without the price of ${productId}`);
      return { product_id: productId, quantity, price: decimalFromMinor(Number(price.minorUnits), currency) };
    }),
    created_at: isoFromTimestamp(createdAt),
    updated_at: isoFromTimestamp(updatedAt),
  };
}

/**
 * For gRPC clients of the gateway.
 *
 * @throws RangeError for an amount that is not exact in its currency; no order was accepted with one
 */
export function messageFromOrder(view: OrderView): Order {
  const money = (decimal: number) => ({
    currencyCode: view.currency,
    minorUnits: BigInt(exactMinorFromDecimal(decimal, view.currency)),
  });
  return create(OrderSchema, {
    id: view.id,
    customerId: view.customer_id,
    status: statusMessages[view.status],
    total: money(view.total),
    items: view.items.map(({ product_id, quantity, price }) => ({
      productId: product_id,
      quantity,
      price: money(price),
    })),
    reason: view.reason ?? '',
    createdAt: timestampFromDate(new Date(view.created_at)),
    updatedAt: timestampFromDate(new Date(view.updated_at)),
  });
}

/** The statuses of the JSON contract on the wire. */
export const statusMessages: Readonly<Record<OrderViewStatus, OrderStatus>> = {
  PENDING: OrderStatus.PENDING,
  CONFIRMED: OrderStatus.CONFIRMED,
  CANCELLED: OrderStatus.CANCELLED,
};

function statusFromMessage({ id, status }: Order): OrderViewStatus {
  switch (status) {
    case OrderStatus.PENDING:
      return 'PENDING';
    case OrderStatus.CONFIRMED:
      return 'CONFIRMED';
    case OrderStatus.CANCELLED:
      return 'CANCELLED';
    default:
      throw new Error(`order ${id} has the unknown status ${status}`);
  }
}

const isoFromTimestamp = (timestamp: Timestamp): string => isoFrom(timestampMs(timestamp));
