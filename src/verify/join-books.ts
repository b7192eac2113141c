import type { OrderBook, OrderFile, PaymentBook, ReservationBook, SagaFacts } from './books.ts';

/** The rows of a range of orders, each in the order of ids. */
export type SortedBooks = {
  readonly sagas: Iterable<SagaFacts>;
  readonly orders: Iterable<OrderBook>;
  readonly reservations: Iterable<ReservationBook>;
  readonly payments: Iterable<PaymentBook>;
};

/**
 * Puts together what the services hold about each order, one order at a time, so that a million orders need the memory
 * of one. The first saga is read before the first row of any other service.
 */
export function* joinBooks(books: SortedBooks): Generator<OrderFile> {
  const sagas = cursorOver(books.sagas, ({ id }) => id);
  const orders = cursorOver(books.orders, ({ orderId }) => orderId);
  const reservations = cursorOver(books.reservations, ({ orderId }) => orderId);
  const payments = cursorOver(books.payments, ({ orderId }) => orderId);
  for (;;) {
    const orderId = leastOf(sagas.id(), orders.id(), reservations.id(), payments.id());
    if (orderId === undefined) return;
    yield {
      orderId,
      saga: sagas.take(orderId),
      order: orders.take(orderId),
      reservation: reservations.take(orderId),
      payment: payments.take(orderId),
    };
  }
}

type Cursor<Row> = {
  /** Of the row at hand. */
  id(): string | undefined;
  /** Returns the row at hand if it is of this order, and moves on to the next one. */
  take(id: string): Row | undefined;
};

function cursorOver<Row>(rows: Iterable<Row>, idOf: (row: Row) => string): Cursor<Row> {
  const iterator = rows[Symbol.iterator]();
  let row: Row | undefined;
  let id: string | undefined;
  const advance = (): void => {
    const { done, value } = iterator.next();
    row = done ? undefined : value;
    id = row === undefined ? undefined : idOf(row);
  };
  advance();
  return {
    id: () => id,
    take(wanted) {
      if (id !== wanted) return undefined;
      const taken = row;
      advance();
      return taken;
    },
  };
}

function leastOf(...ids: readonly (string | undefined)[]): string | undefined {
  let least: string | undefined;
  for (const id of ids) if (id !== undefined && (least === undefined || id < least)) least = id;
  return least;
}
