import { afterEveryId } from '../../stores/sqlite/after-every-id.ts';
import type { Database } from '../../stores/sqlite/program.ts';
import { type Order, type OrderRow, type OrderStatus, orderFromRow } from './orders.ts';

/** Which orders, and how many. */
export type OrderQuery = {
  readonly status?: OrderStatus;
  readonly customerId?: string;
  /** Only orders older than this id. */
  readonly beforeId?: string;
  /** Only orders newer than this id. */
  readonly afterId?: string;
  /** This order and older ones. */
  readonly untilId?: string;
  readonly limit: number;
};

/** A page of orders, newest first, and whether older ones follow. */
export type OrderPage = { readonly orders: readonly Order[]; readonly more: boolean };

type Parameters = { status: string; customerId: string; afterId: string; beforeId: string; limit: number };

const pageOf = (filters: string): string =>
  `SELECT * FROM orders WHERE ${filters} id > @afterId AND id < @beforeId ORDER BY id DESC LIMIT @limit`;

/** One statement for every combination of filters, so that each is a range scan of its own index. */
export const orderPageSql = {
  all: pageOf(''),
  byStatus: pageOf('status = @status AND'),
  byCustomer: pageOf('customer_id = @customerId AND'),
  byBoth: pageOf('customer_id = @customerId AND status = @status AND'),
} as const;

/** Lists orders. */
export function createOrderPages(database: Database): (query: OrderQuery) => OrderPage {
  const prepare = (sql: string) => database.prepare<[Parameters], OrderRow>(sql);
  const all = prepare(orderPageSql.all);
  const byStatus = prepare(orderPageSql.byStatus);
  const byCustomer = prepare(orderPageSql.byCustomer);
  const byBoth = prepare(orderPageSql.byBoth);

  return ({ status = '', customerId = '', afterId = '', limit, ...bounds }) => {
    const ofStatus = customerId === '' ? byStatus : byBoth;
    const ofAnyStatus = customerId === '' ? all : byCustomer;
    const statement = status === '' ? ofAnyStatus : ofStatus;
    const beforeId = upperBound(bounds);
    const rows = statement.all({ status, customerId, afterId, beforeId, limit: limit + 1 });
    return { orders: rows.slice(0, limit).map(orderFromRow), more: rows.length > limit };
  };
}

/** Both bounds in one, because SQLite seeks to only one upper bound and scans from there to the other. */
function upperBound({ beforeId = afterEveryId, untilId }: Pick<OrderQuery, 'beforeId' | 'untilId'>): string {
  // Right behind `untilId` and before any other UUID.
  const behindUntil = untilId === undefined ? afterEveryId : `${untilId}~`;
  return behindUntil < beforeId ? behindUntil : beforeId;
}
