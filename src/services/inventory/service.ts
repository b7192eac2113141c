import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  InventoryService,
  type ReleaseResponseSchema,
  type ReservationSchema,
  ReservationStatus,
  type ReserveResponseSchema,
  type StockSchema,
} from '../../gen/ordersaga/inventory/v1/inventory_pb.js';
import { defineRpcService, type RpcService } from '../../rpc/rpc-service.ts';
import { notFound } from '../../rpc/server-error.ts';
import type { StoredAnswer } from '../../stores/sqlite/barrier.ts';
import { pageFrom, rangeFromRequest } from '../order-range.ts';
import { answerOf, barrierCallFrom } from '../participant-call.ts';
import type { ParticipantDeps } from '../participant-server.ts';
import type { InventoryOperations } from './inventory-store.ts';
import type { Reservation } from './reservations.ts';
import type { Stock } from './stock.ts';

/** The step of the order saga that this service performs (Reserve) and undoes (Release). */
export const inventoryStep = 'reserve-stock';

/** InventoryService over its store. */
export const createInventoryService = ({ database, now }: ParticipantDeps<InventoryOperations>): RpcService =>
  defineRpcService(InventoryService, {
    async reserve({ orderId, items }, context) {
      const lines = items.map(({ productId, quantity }) => ({ productId, quantity }));
      const decisive = lines.map(({ productId, quantity }) => [productId, quantity]);
      const write = { sagaId: orderId, step: inventoryStep, direction: 'action', decisive } as const;
      const call = barrierCallFrom(write, context, now());
      return answerMessage(answerOf(await database.write('reserve', { call, items: lines }), call));
    },
    async release({ orderId, reason }, context) {
      const write = {
        sagaId: orderId,
        step: inventoryStep,
        direction: 'compensation',
        decisive: [],
      } as const;
      const call = barrierCallFrom(write, context, now());
      return answerMessage(answerOf(await database.write('release', { call, reason }), call));
    },
    async getReservation({ orderId }) {
      const reservation = await database.read('reservation', orderId);
      if (reservation === undefined) throw notFound(`no reservation of order ${orderId}`);
      return { reservation: reservationMessage(reservation) };
    },
    async listReservations(request) {
      const range = rangeFromRequest(request);
      const { rows, nextPageToken } = pageFrom(await database.read('listReservations', range), range);
      return { reservations: rows.map(reservationMessage), nextPageToken };
    },
    async listStock() {
      return { stock: (await database.read('listStock')).map(stockMessage) };
    },
    async setStock({ productId, available }) {
      const stock = await database.write('setStock', { productId, available: Number(available) });
      return { stock: stockMessage(stock) };
    },
  });

type AnswerMessage = MessageInitShape<typeof ReserveResponseSchema> &
  MessageInitShape<typeof ReleaseResponseSchema>;

const answerMessage = (answer: StoredAnswer<Reservation>): AnswerMessage => ({
  result:
    answer.kind === 'done'
      ? { case: 'reservation', value: reservationMessage(answer.value) }
      : { case: 'refusal', value: answer.refusal },
});

const statusMessage: Readonly<Record<Reservation['status'], ReservationStatus>> = {
  held: ReservationStatus.HELD,
  released: ReservationStatus.RELEASED,
  refused: ReservationStatus.REFUSED,
};

const reservationMessage = (reservation: Reservation): MessageInitShape<typeof ReservationSchema> => ({
  orderId: reservation.orderId,
  status: statusMessage[reservation.status],
  items: [...reservation.items],
  ...(reservation.refusal && { refusal: reservation.refusal }),
  createdAt: timestampFromMs(reservation.createdAtMs),
  updatedAt: timestampFromMs(reservation.updatedAtMs),
});

const stockMessage = ({
  productId,
  available,
  reserved,
  stocked,
}: Stock): MessageInitShape<typeof StockSchema> => ({
  productId,
  available: BigInt(available),
  reserved: BigInt(reserved),
  stocked: BigInt(stocked),
});
