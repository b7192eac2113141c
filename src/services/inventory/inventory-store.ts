import {
  alreadyCompensated,
  type BarrierCall,
  barrierSchema,
  createBarrier,
  type Verdict,
} from '../../stores/sqlite/barrier.ts';
import type { Program } from '../../stores/sqlite/program.ts';
import type { OrderRange } from '../order-range.ts';
import { createReservations, type Reservation, reservationSchema } from './reservations.ts';
import { createStock, type Line, type Stock, stockSchema } from './stock.ts';

export type InventoryOperations = {
  reserve(request: { readonly call: BarrierCall; readonly items: readonly Line[] }): Verdict<Reservation>;
  release(request: { readonly call: BarrierCall; readonly reason: string }): Verdict<Reservation>;
  reservation(orderId: string): Reservation | undefined;
  /** One more than the limit, if there are that many. */
  listReservations(range: OrderRange): Reservation[];
  /** All products, by id. */
  listStock(): Stock[];
  setStock(stock: { readonly productId: string; readonly available: number }): Stock;
  /** Puts the initial stock on the shelf, the first time it is called in the life of the file. */
  seedStock(seed: { readonly quantities: ReadonlyMap<string, number>; readonly atMs: number }): void;
};

/** Schema and SQL of the inventory service. */
export const program: Program<InventoryOperations> = {
  migrations: [barrierSchema + stockSchema + reservationSchema],
  brief: ['reserve', 'release', 'reservation'],
  create: (database) => {
    const { hold, giveBack, ...stock } = createStock(database);
    const reservations = createReservations(database);
    const barrier = createBarrier(database);
    return {
      ...stock,
      reservation: reservations.find,
      listReservations: reservations.list,
      reserve: ({ call, items }) =>
        barrier.once(call, () => {
          const lines = linePerProduct(items);
          const refusal = hold(lines);
          const { sagaId: orderId, atMs } = call;
          const times = { createdAtMs: atMs, updatedAtMs: atMs };
          const reservation: Reservation =
            refusal === undefined
              ? { orderId, status: 'held', items: lines, ...times }
              : { orderId, status: 'refused', items: lines, refusal, ...times };
          reservations.add(reservation);
          return refusal === undefined ? { kind: 'done', value: reservation } : { kind: 'refused', refusal };
        }),
      release: ({ call, reason }) =>
        barrier.once(call, () => {
          const found = reservations.find(call.sagaId) ?? reservations.add(neverHeld(call));
          const held = found.status === 'held';
          if (held) giveBack(found.items);
          const released: Reservation = held
            ? { ...found, status: 'released', updatedAtMs: call.atMs }
            : found;
          reservations.release(released, reason);
          return { kind: 'done', value: released };
        }),
    };
  },
};

/** Two lines of one product ask for their sum. Products stay in the order of their first line. */
function linePerProduct(items: readonly Line[]): Line[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of items)
    quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return Array.from(quantities, ([productId, quantity]) => ({ productId, quantity }));
}

const neverHeld = ({ sagaId, atMs }: BarrierCall): Reservation => ({
  orderId: sagaId,
  status: 'released',
  items: [],
  refusal: alreadyCompensated,
  createdAtMs: atMs,
  updatedAtMs: atMs,
});
