import type { DescService } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { customerReason } from '../../checkout/customer-reason.ts';
import { type OrderInput, orderInputFrom } from '../../checkout/order.ts';
import type { InquiryName, OperationName } from '../../checkout/order-steps.ts';
import type { Participant, ParticipantCall } from '../../engine/participant.ts';
import { type InventoryService, ReservationStatus } from '../../gen/ordersaga/inventory/v1/inventory_pb.js';
import { type OrderService, OrderStatus } from '../../gen/ordersaga/order/v1/order_pb.js';
import { type PaymentService, PaymentStatus } from '../../gen/ordersaga/payment/v1/payment_pb.js';
import type { RpcCallOptions, RpcConnection } from '../../rpc/rpc-client.ts';
import { rpcErrorFrom } from '../../rpc/rpc-error.ts';
import type { Finding, Outcome, Refusal } from '../../saga/outcome.ts';
import { findingFromRpcError, outcomeFromRpcError } from './rpc-outcome.ts';

type Callable<Service extends DescService> = Pick<RpcConnection<Service>, 'client' | 'checkHealth'>;

/** The three services that an order saga calls. */
export type CallableServices = {
  readonly order: Callable<typeof OrderService>;
  readonly inventory: Callable<typeof InventoryService>;
  readonly payment: Callable<typeof PaymentService>;
};

/** Their clients alone. */
export type ParticipantClients = {
  readonly [Name in keyof CallableServices]: CallableServices[Name]['client'];
};

const reachTimeoutMs = 2_000;

type Act = (call: ParticipantCall, options: RpcCallOptions) => Promise<Outcome>;
type Ask = (call: ParticipantCall, options: RpcCallOptions) => Promise<Finding>;
/** Every operation that the saga definition assigns to a participant, by name. */
type Operations<Name extends keyof ParticipantClients> = {
  readonly acts: Readonly<Record<OperationName<Name>, Act>>;
  readonly asks: Readonly<Record<InquiryName<Name>, Ask>>;
};

/** The participants of the order saga, by the names that the saga definition gives them. */
export const createParticipants = ({ order, inventory, payment }: CallableServices) => ({
  order: createParticipant(orderOperations(order.client), order),
  inventory: createParticipant(inventoryOperations(inventory.client), inventory),
  payment: createParticipant(paymentOperations(payment.client), payment),
});

function createParticipant(
  operations: {
    readonly acts: Readonly<Record<string, Act>>;
    readonly asks: Readonly<Record<string, Ask>>;
  },
  { checkHealth }: Pick<Callable<DescService>, 'checkHealth'>,
): Participant {
  const acts = new Map(Object.entries(operations.acts));
  const asks = new Map(Object.entries(operations.asks));
  return {
    // A service that says it is not serving has been reached; how it answers the call itself tells more.
    isReachable: async () => (await checkHealth(reachTimeoutMs)) !== 'unreachable',
    async perform(call) {
      const act = acts.get(call.operation.name);
      if (act === undefined) return { kind: 'faulted', failure: unknownOperation(call) };
      try {
        return await act(call, optionsFor(call));
      } catch (thrown) {
        return outcomeFromRpcError(rpcErrorFrom(thrown));
      }
    },
    async inquire(call) {
      const ask = asks.get(call.operation.name);
      if (ask === undefined) return { kind: 'unanswered', failure: unknownOperation(call) };
      try {
        return await ask(call, optionsFor(call));
      } catch (thrown) {
        return findingFromRpcError(rpcErrorFrom(thrown));
      }
    },
  };
}

const unknownOperation = ({ operation }: ParticipantCall) => ({
  code: 'UNKNOWN_OPERATION',
  message: `no call is known for ${operation.name}`,
});

/** An action that needs to know what was ordered. It is not called for a saga whose log has lost that. */
const withOrder =
  (act: (order: OrderInput, ...call: Parameters<Act>) => Promise<Outcome>): Act =>
  async (call, options) => {
    const order = orderInputFrom(call.input);
    return order === undefined ? { kind: 'faulted', failure: unreadableOrder } : act(order, call, options);
  };

const unreadableOrder = {
  code: 'UNREADABLE_ORDER',
  message: 'the first event of the saga does not say what was ordered',
};

/** A saga outlives the request that started it, so its calls carry the saga's id as their request id. */
const optionsFor = ({
  sagaId,
  operation,
  idempotencyKey,
  epoch,
  traceparent,
}: ParticipantCall): RpcCallOptions => ({
  timeoutMs: operation.timeoutMs,
  metadata: { idempotencyKey, requestId: sagaId, epoch, step: operation.step, traceparent },
});

function orderOperations(client: ParticipantClients['order']): Operations<'order'> {
  return {
    acts: {
      'create-order': withOrder(async (order, { sagaId, acceptedAtMs }, options) => {
        const { customerId, currency, items, totalMinor } = order;
        const money = (minor: number) => ({ currencyCode: currency, minorUnits: BigInt(minor) });
        const lines = items.map(({ productId, quantity, priceMinor }) => ({
          productId,
          quantity,
          price: money(priceMinor),
        }));
        const acceptedAt = timestampFromMs(acceptedAtMs);
        const request = { orderId: sagaId, customerId, items: lines, total: money(totalMinor), acceptedAt };
        return outcomeFrom((await client.createOrder(request, options)).result);
      }),
      'confirm-order': async ({ sagaId }, options) =>
        outcomeFrom((await client.confirmOrder({ orderId: sagaId }, options)).result),
      'cancel-order': async ({ sagaId, cause }, options) => {
        const reason = cause ? customerReason(cause) : '';
        return outcomeFrom((await client.cancelOrder({ orderId: sagaId, reason }, options)).result);
      },
    },
    asks: {
      'get-order': async ({ sagaId }, options) => {
        await client.getOrder({ orderId: sagaId }, options);
        return { kind: 'tookEffect' };
      },
      'get-order-status': async ({ sagaId }, options) => {
        const { order } = await client.getOrder({ orderId: sagaId }, options);
        return findingFromOrderStatus(order?.status);
      },
    },
  };
}

function findingFromOrderStatus(status: OrderStatus | undefined): Finding {
  switch (status) {
    case OrderStatus.CONFIRMED:
      return { kind: 'tookEffect' };
    case OrderStatus.CANCELLED:
      return refused({ code: 'order_cancelled', message: 'the order is cancelled' });
    case OrderStatus.PENDING:
      return { kind: 'absent' };
    default:
      return malformed;
  }
}

function inventoryOperations(client: ParticipantClients['inventory']): Operations<'inventory'> {
  return {
    acts: {
      'reserve-stock': withOrder(async (order, { sagaId }, options) => {
        const items = order.items.map(({ productId, quantity }) => ({ productId, quantity }));
        return outcomeFrom((await client.reserve({ orderId: sagaId, items }, options)).result);
      }),
      'release-stock': async (call, options) =>
        outcomeFrom((await client.release(undoing(call), options)).result),
    },
    asks: {
      'get-reservation': async ({ sagaId }, options) => {
        const { reservation } = await client.getReservation({ orderId: sagaId }, options);
        switch (reservation?.status) {
          case ReservationStatus.HELD:
            return { kind: 'tookEffect' };
          case ReservationStatus.REFUSED:
          case ReservationStatus.RELEASED:
            return refused(reservation.refusal);
          default:
            return malformed;
        }
      },
    },
  };
}

function paymentOperations(client: ParticipantClients['payment']): Operations<'payment'> {
  return {
    acts: {
      'charge-payment': withOrder(async ({ customerId, currency, totalMinor }, { sagaId }, options) => {
        const amount = { currencyCode: currency, minorUnits: BigInt(totalMinor) };
        const { result } = await client.charge({ orderId: sagaId, customerId, amount }, options);
        return result.case === 'payment' && result.value.processorReference !== ''
          ? { kind: 'succeeded', answer: { processorReference: result.value.processorReference } }
          : outcomeFrom(result);
      }),
      'refund-payment': async (call, options) =>
        outcomeFrom((await client.refund(undoing(call), options)).result),
    },
    asks: {
      'get-payment': async ({ sagaId }, options) => {
        const { payment } = await client.getPayment({ orderId: sagaId }, options);
        switch (payment?.status) {
          case PaymentStatus.CAPTURED:
            return { kind: 'tookEffect', answer: { processorReference: payment.processorReference } };
          case PaymentStatus.DECLINED:
          case PaymentStatus.REFUNDED:
          case PaymentStatus.VOIDED:
            return refused(payment.refusal);
          default:
            return malformed;
        }
      },
    },
  };
}

const maxReasonLength = 256;

/** The cause's message is for operators; the participants keep it for their record, at most as long as they allow. */
const undoing = ({ sagaId, cause }: ParticipantCall) => ({
  orderId: sagaId,
  reason: cause ? [...`${cause.code}: ${cause.message}`].slice(0, maxReasonLength).join('') : '',
});

type Result =
  | { readonly case: 'refusal'; readonly value: Refusal }
  | { readonly case: 'order' | 'reservation' | 'payment'; readonly value: unknown }
  | { readonly case: undefined; readonly value?: undefined };

/** A refusal is a durable "no"; an answer without a result came from a server that may have done anything. */
function outcomeFrom(result: Result): Outcome {
  switch (result.case) {
    case 'refusal':
      return { kind: 'rejected', refusal: refusalFrom(result.value) };
    case undefined:
      return { kind: 'inDoubt', failure: malformedAnswer };
    default:
      return { kind: 'succeeded' };
  }
}

const malformedAnswer = { code: 'MALFORMED_ANSWER', message: 'the participant answered without a result' };
const malformed: Finding = { kind: 'unanswered', failure: malformedAnswer };

const refused = (refusal: Refusal | undefined): Finding => ({
  kind: 'refused',
  refusal: refusal ? refusalFrom(refusal) : { code: 'already_compensated', message: 'it was undone already' },
});

const refusalFrom = ({ code, message }: Refusal): Refusal => ({ code, message });
