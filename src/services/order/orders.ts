import type { Database } from '../../stores/sqlite/program.ts';

/** One line of an order. */
export type OrderLine = {
  readonly productId: string;
  readonly quantity: number;
  /** Price of one unit, in the currency of the order. */
  readonly priceMinor: number;
};

export type OrderStatus = 'pending' | 'confirmed' | 'cancelled';

export type Order = {
  /** UUIDv7, so that ids sort by the time at which orders were accepted. */
  readonly id: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly currency: string;
  readonly totalMinor: number;
  readonly items: readonly OrderLine[];
  /** Why it was cancelled, for the customer; empty otherwise. */
  readonly reason: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

// Newest first under every combination of filters is one descending range of the primary key or of one index: the
// columns of the filter, then the id.
export const orderSchema = `
  CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'confirmed', 'cancelled')),
    currency TEXT NOT NULL,
    total_minor INTEGER NOT NULL CHECK (total_minor >= 0),
    items TEXT NOT NULL,  -- JSON: [{productId, quantity, priceMinor}]
    reason TEXT NOT NULL DEFAULT '',
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX orders_by_status ON orders (status, id);
  CREATE INDEX orders_by_customer ON orders (customer_id, id);
  CREATE INDEX orders_by_customer_status ON orders (customer_id, status, id);
  CREATE TRIGGER orders_final BEFORE UPDATE ON orders WHEN OLD.status <> 'pending'
  BEGIN SELECT RAISE(ABORT, 'a confirmed or cancelled order is final'); END;`;

/** A row of the table as SQLite returns it. */
export type OrderRow = {
  readonly id: string;
  readonly customer_id: string;
  readonly status: OrderStatus;
  readonly currency: string;
  readonly total_minor: number;
  readonly items: string;
  readonly reason: string;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
};

/** The orders table. */
export function createOrders(database: Database) {
  const insert = database.prepare<[OrderRow]>(
    `INSERT INTO orders VALUES
       (@id, @customer_id, @status, @currency, @total_minor, @items, @reason, @created_at_ms, @updated_at_ms)`,
  );
  const finish = database.prepare<[OrderStatus, string, number, string], OrderRow>(
    `UPDATE orders SET status = ?, reason = ?, updated_at_ms = ? WHERE id = ? AND status = 'pending' RETURNING *`,
  );
  const find = database.prepare<[string], OrderRow>('SELECT * FROM orders WHERE id = ?');

  return {
    add(order: Order): Order {
      insert.run(rowFromOrder(order));
      return order;
    },
    /** PENDING to a final status. Undefined when the order is not pending: final already, or not here. */
    finish({ id, status, reason, atMs }: FinishedOrder): Order | undefined {
      const row = finish.get(status, reason, atMs, id);
      return row && orderFromRow(row);
    },
    find(id: string): Order | undefined {
      const row = find.get(id);
      return row && orderFromRow(row);
    },
  };
}

type FinishedOrder = {
  readonly id: string;
  readonly status: 'confirmed' | 'cancelled';
  readonly reason: string;
  readonly atMs: number;
};

const rowFromOrder = (order: Order): OrderRow => ({
  id: order.id,
  customer_id: order.customerId,
  status: order.status,
  currency: order.currency,
  total_minor: order.totalMinor,
  items: JSON.stringify(order.items),
  reason: order.reason,
  created_at_ms: order.createdAtMs,
  updated_at_ms: order.updatedAtMs,
});

export const orderFromRow = (row: OrderRow): Order => ({
  id: row.id,
  customerId: row.customer_id,
  status: row.status,
  currency: row.currency,
  totalMinor: row.total_minor,
  items: JSON.parse(row.items) as OrderLine[],
  reason: row.reason,
  createdAtMs: row.created_at_ms,
  updatedAtMs: row.updated_at_ms,
});
