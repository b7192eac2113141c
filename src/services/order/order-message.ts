import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type { Money, MoneySchema } from '../../gen/ordersaga/common/v1/money_pb.js';
import {
  type CreateOrderRequest,
  OrderStatus as MessageStatus,
  type OrderItem,
  type OrderSchema,
} from '../../gen/ordersaga/order/v1/order_pb.js';
import { invalidArgument } from '../../rpc/server-error.ts';
import type { FieldViolation } from '../../rpc/status-details.ts';
import type { NewOrder } from './order-store.ts';
import type { Order, OrderLine, OrderStatus } from './orders.ts';

const statusMessage: Readonly<Record<OrderStatus, MessageStatus>> = {
  pending: MessageStatus.PENDING,
  confirmed: MessageStatus.CONFIRMED,
  cancelled: MessageStatus.CANCELLED,
};

const moneyMessage = (currencyCode: string, amountMinor: number): MessageInitShape<typeof MoneySchema> => ({
  currencyCode,
  minorUnits: BigInt(amountMinor),
});

/** An order as the message that callers get. The total is left out of an order that was never created here. */
export const orderMessage = (order: Order): MessageInitShape<typeof OrderSchema> => ({
  id: order.id,
  customerId: order.customerId,
  status: statusMessage[order.status],
  ...(order.currency !== '' && { total: moneyMessage(order.currency, order.totalMinor) }),
  items: order.items.map(({ productId, quantity, priceMinor }) => ({
    productId,
    quantity,
    price: moneyMessage(order.currency, priceMinor),
  })),
  reason: order.reason,
  createdAt: timestampFromMs(order.createdAtMs),
  updatedAt: timestampFromMs(order.updatedAtMs),
});

/** The status to filter by; undefined for all. */
export function statusFromMessage(status: MessageStatus): OrderStatus | undefined {
  switch (status) {
    case MessageStatus.PENDING:
      return 'pending';
    case MessageStatus.CONFIRMED:
      return 'confirmed';
    case MessageStatus.CANCELLED:
      return 'cancelled';
    case MessageStatus.UNSPECIFIED:
      return undefined;
    default:
      return status satisfies never;
  }
}

/**
 * A new order from its request, whose fields have been validated already.
 *
 * @throws RpcServerError INVALID_ARGUMENT when the currencies differ or the total is not the sum of the lines.
 */
export function orderFromRequest(request: CreateOrderRequest): NewOrder {
  const { orderId, customerId, items, total, acceptedAt } = request;
  if (total === undefined || acceptedAt === undefined)
    throw new TypeError('validation lets no order without total and accepted_at pass');
  const violations = [...currencyViolations(items, total), ...totalViolations(items, total)];
  if (violations.length > 0) throw invalidArgument(violations);
  return {
    id: orderId,
    customerId,
    currency: total.currencyCode,
    totalMinor: Number(total.minorUnits),
    items: items.map(lineFromItem),
    createdAtMs: timestampMs(acceptedAt),
  };
}

const lineFromItem = ({ productId, quantity, price }: OrderItem): OrderLine => ({
  productId,
  quantity,
  priceMinor: Number(price?.minorUnits ?? 0n),
});

const currencyViolations = (items: readonly OrderItem[], { currencyCode }: Money): FieldViolation[] =>
  items.flatMap(({ price }, index) =>
    price?.currencyCode === currencyCode
      ? []
      : [{ field: `items[${index}].price.currency_code`, description: 'must be the currency of the total' }],
  );

function totalViolations(items: readonly OrderItem[], { minorUnits }: Money): FieldViolation[] {
  const sum = items.reduce(
    (part, { quantity, price }) => part + BigInt(quantity) * (price?.minorUnits ?? 0n),
    0n,
  );
  return sum === minorUnits
    ? []
    : [{ field: 'total.minor_units', description: `must be ${sum}, the sum of the items` }];
}
