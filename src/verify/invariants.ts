import { orderSaga } from '../checkout/order-saga.ts';
import type { SagaDefinition } from '../saga/definition.ts';
import type {
  AcceptedBook,
  Books,
  OrderFile,
  ReservationBook,
  SagaBook,
  StockBook,
  Violation,
} from './books.ts';
import { checkLog } from './check-log.ts';
import { checkOrder, type LivenessBound } from './check-order.ts';
import { factsFrom } from './saga-facts.ts';

export type InvariantOptions = LivenessBound & {
  /** The definition that a saga was written for, or undefined when it is not known here. Default: the order saga. */
  readonly definitionOf?: (name: string, version: number) => SagaDefinition | undefined;
};

/**
 * Checks the invariants I1 to I10 over everything that is durable. Pure and over plain rows, so that `ordersaga verify`
 * and the simulation share it. With millions of orders, call {@link checkSaga} and `checkOrder` for each of them and
 * {@link checkStock} once instead.
 */
export function checkInvariants(books: Books, options: InvariantOptions): Violation[] {
  return [
    ...checkStock(books.stock, heldUnits(books.reservations)),
    ...checkAccepted(books.accepted, new Set(books.sagas.map(({ id }) => id))),
    ...books.sagas.flatMap((saga) => checkSaga(saga, options)),
    ...filesOf(books).flatMap((file) => checkOrder(file, options)),
  ];
}

/** I7, I8 and I10 for one saga's log. */
export function checkSaga(
  saga: SagaBook,
  { definitionOf }: Pick<InvariantOptions, 'definitionOf'> = {},
): Violation[] {
  const definition = (definitionOf ?? knownDefinition)(saga.definition, saga.version);
  if (definition !== undefined) return checkLog(definition, saga);
  const message = `saga ${saga.id}: its definition ${saga.definition} version ${saga.version} is not known`;
  return [{ invariant: 'I8', orderId: saga.id, message }];
}

const knownDefinition = (name: string, version: number): SagaDefinition | undefined =>
  name === orderSaga.name && version === orderSaga.version ? orderSaga : undefined;

/**
 * I1.
 *
 * @param held units of each product that reservations hold, sold ones included
 * @param open units that reservations may hold beyond that, where the rows were not read at one moment. Default none.
 */
export function checkStock(
  stock: readonly StockBook[],
  held: ReadonlyMap<string, number>,
  open: ReadonlyMap<string, number> = new Map(),
): Violation[] {
  const known = new Set(stock.map(({ productId }) => productId));
  const unknown = [...held].filter(([productId, units]) => units !== 0 && !known.has(productId));
  return [
    ...stock.flatMap((row) => stockProblem(row, held.get(row.productId) ?? 0, open.get(row.productId) ?? 0)),
    ...unknown.map(([productId, units]) =>
      ofProduct(productId, `${units} units are held, but it is not stocked`),
    ),
  ];
}

function stockProblem(row: StockBook, held: number, open: number): Violation[] {
  const { productId, available, reserved, stocked } = row;
  if (available < 0 || reserved < 0)
    return [ofProduct(productId, `${available} available and ${reserved} reserved; neither may be negative`)];
  if (stocked !== available + reserved)
    return [ofProduct(productId, `${stocked} stocked, but ${available} available and ${reserved} reserved`)];
  if (reserved < held || reserved > held + open)
    return [ofProduct(productId, `${reserved} reserved, but the reservations hold ${held}`)];
  return [];
}

const ofProduct = (productId: string, message: string): Violation => ({
  invariant: 'I1',
  productId,
  message: `product ${productId}: ${message}`,
});

/** Units of each product that reservations hold, sold ones included. */
export function heldUnits(reservations: Iterable<ReservationBook>): Map<string, number> {
  const held = new Map<string, number>();
  for (const { status, items } of reservations)
    if (status === 'held')
      for (const { productId, quantity } of items) held.set(productId, (held.get(productId) ?? 0) + quantity);
  return held;
}

/** I6: one key, one order. I9: nothing that was acknowledged is missing. */
export function checkAccepted(
  accepted: Iterable<AcceptedBook>,
  sagaIds: { has(orderId: string): boolean },
): Violation[] {
  const found: Violation[] = [];
  const byKey = new Map<string, string>();
  for (const { orderId, key } of accepted) {
    if (!sagaIds.has(orderId))
      found.push({
        invariant: 'I9',
        orderId,
        message: `order ${orderId}: it was acknowledged, but it is missing`,
      });
    const first = key === undefined ? orderId : (byKey.get(key) ?? orderId);
    if (first !== orderId)
      found.push({
        invariant: 'I6',
        orderId,
        message: `key ${key}: it made order ${first} and order ${orderId}`,
      });
    if (key !== undefined) byKey.set(key, first);
  }
  return found;
}

/** Joins the rows of all services by order. */
export function filesOf(books: Books): OrderFile[] {
  const files = new Map<string, { -readonly [Key in keyof OrderFile]: OrderFile[Key] }>();
  const fileOf = (orderId: string) => {
    const file = files.get(orderId) ?? { orderId };
    files.set(orderId, file);
    return file;
  };
  for (const saga of books.sagas) fileOf(saga.id).saga = factsFrom(saga);
  for (const order of books.orders) fileOf(order.orderId).order = order;
  for (const reservation of books.reservations) fileOf(reservation.orderId).reservation = reservation;
  for (const payment of books.payments) fileOf(payment.orderId).payment = payment;
  if (books.statement !== undefined) {
    for (const file of files.values()) file.movements = [];
    for (const movement of books.statement) {
      const file = fileOf(movement.orderId);
      file.movements = [...(file.movements ?? []), movement];
    }
  }
  return [...files.values()];
}
