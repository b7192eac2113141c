import type { Database } from '../../stores/sqlite/program.ts';
import { type Order, type OrderRow, type OrderStatus, orderFromRow } from './orders.ts';

/** Which orders, and how many. */
export type OrderQuery = {
  readonly status?: OrderStatus;
  readonly customerId?: string;
  /** Only orders older than this id. */
  readonly beforeId?: string;
  readonly limit: number;
};

/** A page of orders, newest first, and whether older ones follow. */
export type OrderPage = { readonly orders: readonly Order[]; readonly more: boolean };

type Parameters = { status: string; customerId: string; beforeId: string; limit: number };

/** Above every id, so that a first page needs no statement of its own: no UUID starts with a tilde. */
const newest = '~';

/** Lists orders. One statement for every combination of filters, so that each is a range scan of its own index. */
export function createOrderPages(database: Database): (query: OrderQuery) => OrderPage {
  const select = (filters: string) =>
    database.prepare<[Parameters], OrderRow>(
      `SELECT * FROM orders WHERE ${filters} id < @beforeId ORDER BY id DESC LIMIT @limit`,
    );
  const all = select('');
  const byStatus = select('status = @status AND');
  const byCustomer = select('customer_id = @customerId AND');
  const byBoth = select('customer_id = @customerId AND status = @status AND');

  return ({ status, customerId, beforeId = newest, limit }) => {
    const ofStatus = customerId === undefined ? byStatus : byBoth;
    const ofAnyStatus = customerId === undefined ? all : byCustomer;
    const statement = status === undefined ? ofAnyStatus : ofStatus;
    const rows = statement.all({
      status: status ?? '',
      customerId: customerId ?? '',
      beforeId,
      limit: limit + 1,
    });
    return { orders: rows.slice(0, limit).map(orderFromRow), more: rows.length > limit };
  };
}
