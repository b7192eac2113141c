import type { Refusal } from '../../saga/outcome.ts';
import type { Database } from '../../stores/sqlite/program.ts';
import type { OrderRange } from '../order-range.ts';
import type { Line } from './stock.ts';

/** One order's hold on stock. */
export type Reservation = {
  readonly orderId: string;
  readonly status: 'held' | 'released' | 'refused';
  /** One line per product. */
  readonly items: readonly Line[];
  /** Why nothing is held; set when refused, and when the release came before any reserve. */
  readonly refusal?: Refusal;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

export const reservationSchema = `
  CREATE TABLE reservation (
    order_id TEXT PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('held', 'released', 'refused')),
    items TEXT NOT NULL,  -- JSON: [{productId, quantity}], one line a product
    refusal_code TEXT,
    refusal_message TEXT,
    release_reason TEXT,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    CHECK ((refusal_code IS NULL) = (refusal_message IS NULL)),
    CHECK (status <> 'refused' OR refusal_code IS NOT NULL)
  ) STRICT, WITHOUT ROWID;`;

type Row = {
  readonly order_id: string;
  readonly status: Reservation['status'];
  readonly items: string;
  readonly refusal_code: string | null;
  readonly refusal_message: string | null;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
};

/** The reservation table. */
export function createReservations(database: Database) {
  const insert = database.prepare<
    [string, Reservation['status'], string, string | null, string | null, number, number]
  >(
    `INSERT INTO reservation
       (order_id, status, items, refusal_code, refusal_message, created_at_ms, updated_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = database.prepare<[Reservation['status'], number, string, string]>(
    'UPDATE reservation SET status = ?, updated_at_ms = ?, release_reason = ? WHERE order_id = ?',
  );
  const find = database.prepare<[string], Row>('SELECT * FROM reservation WHERE order_id = ?');
  const list = database.prepare<[string, string, number], Row>(
    'SELECT * FROM reservation WHERE order_id > ? AND order_id <= ? ORDER BY order_id LIMIT ?',
  );

  return {
    add(reservation: Reservation): Reservation {
      const { orderId, status, items, refusal, createdAtMs, updatedAtMs } = reservation;
      const { code = null, message = null } = refusal ?? {};
      insert.run(orderId, status, JSON.stringify(items), code, message, createdAtMs, updatedAtMs);
      return reservation;
    },
    /** Records the state of the reservation after a release, and the reason for it. */
    release: ({ orderId, status, updatedAtMs }: Reservation, reason: string): void =>
      void update.run(status, updatedAtMs, reason, orderId),
    find(orderId: string): Reservation | undefined {
      const row = find.get(orderId);
      return row && reservationFromRow(row);
    },
    /** One more than the limit, if there are that many. */
    list: ({ afterId, untilId, limit }: OrderRange): Reservation[] =>
      list.all(afterId, untilId, limit + 1).map(reservationFromRow),
  };
}

function reservationFromRow(row: Row): Reservation {
  const { refusal_code: code, refusal_message: message } = row;
  return {
    orderId: row.order_id,
    status: row.status,
    items: JSON.parse(row.items) as Line[],
    ...(code !== null && message !== null && { refusal: { code, message } }),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}
