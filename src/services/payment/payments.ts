import type { Refusal } from '../../saga/outcome.ts';
import type { Database } from '../../stores/sqlite/program.ts';
import type { OrderRange } from '../order-range.ts';
import type { Amount } from './processor.ts';

/**
 * The payment of one order.
 *
 * - `captured`: the customer was charged.
 * - `declined`: the processor said no; nothing was taken.
 * - `refunded`: the charge was given back, whole.
 * - `voided`: the refund came before any charge was recorded; nothing is or will be kept.
 */
export type Payment = {
  readonly orderId: string;
  readonly status: 'captured' | 'declined' | 'refunded' | 'voided';
  /** Absent when voided: no charge was ever recorded, so no amount is known. */
  readonly amount?: Amount;
  /** Set when captured, and kept when refunded. */
  readonly processorReference?: string;
  /** Set when declined or voided. */
  readonly refusal?: Refusal;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

/** A payment that is new in the table. */
export type NewPayment = Omit<Payment, 'createdAtMs' | 'updatedAtMs'> & {
  readonly customerId?: string;
  readonly atMs: number;
};

// The trigger is the last line of defence: whatever statement runs, a status only ever changes from captured to
// refunded.
export const paymentSchema = `
  CREATE TABLE payment (
    order_id TEXT PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('captured', 'declined', 'refunded', 'voided')),
    customer_id TEXT,
    currency TEXT,
    amount_minor INTEGER CHECK (amount_minor >= 0),
    processor_reference TEXT,
    refusal_code TEXT,
    refusal_message TEXT,
    refund_reason TEXT,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    CHECK (status = 'voided' OR (customer_id IS NOT NULL AND currency IS NOT NULL AND amount_minor IS NOT NULL)),
    CHECK ((status IN ('captured', 'refunded')) = (processor_reference IS NOT NULL)),
    CHECK ((status IN ('declined', 'voided')) = (refusal_code IS NOT NULL AND refusal_message IS NOT NULL))
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER payment_only_refunds BEFORE UPDATE OF status ON payment
  WHEN OLD.status <> NEW.status AND NOT (OLD.status = 'captured' AND NEW.status = 'refunded')
  BEGIN SELECT RAISE(ABORT, 'a payment only ever changes from captured to refunded'); END;`;

type Row = {
  readonly order_id: string;
  readonly status: Payment['status'];
  readonly currency: string | null;
  readonly amount_minor: number | null;
  readonly processor_reference: string | null;
  readonly refusal_code: string | null;
  readonly refusal_message: string | null;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
};

/** The payment table. */
export function createPayments(database: Database) {
  const insert = database.prepare<[Row & { readonly customer_id: string | null }]>(
    `INSERT INTO payment (order_id, status, customer_id, currency, amount_minor, processor_reference,
       refusal_code, refusal_message, created_at_ms, updated_at_ms)
     VALUES (@order_id, @status, @customer_id, @currency, @amount_minor, @processor_reference,
       @refusal_code, @refusal_message, @created_at_ms, @updated_at_ms)`,
  );
  const update = database.prepare<[Payment['status'], number, string, string]>(
    'UPDATE payment SET status = ?, updated_at_ms = ?, refund_reason = ? WHERE order_id = ?',
  );
  const find = database.prepare<[string], Row>('SELECT * FROM payment WHERE order_id = ?');
  const list = database.prepare<[string, string, number], Row>(
    'SELECT * FROM payment WHERE order_id > ? AND order_id <= ? ORDER BY order_id LIMIT ?',
  );

  return {
    add({ customerId, atMs, ...rest }: NewPayment): Payment {
      const payment = { ...rest, createdAtMs: atMs, updatedAtMs: atMs };
      insert.run({ ...rowFromPayment(payment), customer_id: customerId ?? null });
      return payment;
    },
    /** Records the state of the payment after a refund, and the reason for it. */
    refund: ({ orderId, status, updatedAtMs }: Payment, reason: string): void =>
      void update.run(status, updatedAtMs, reason, orderId),
    find(orderId: string): Payment | undefined {
      const row = find.get(orderId);
      return row && paymentFromRow(row);
    },
    /** One more than the limit, if there are that many. */
    list: ({ afterId, untilId, limit }: OrderRange): Payment[] =>
      list.all(afterId, untilId, limit + 1).map(paymentFromRow),
  };
}

const rowFromPayment = (payment: Payment): Row => ({
  order_id: payment.orderId,
  status: payment.status,
  currency: payment.amount?.currency ?? null,
  amount_minor: payment.amount?.amountMinor ?? null,
  processor_reference: payment.processorReference ?? null,
  refusal_code: payment.refusal?.code ?? null,
  refusal_message: payment.refusal?.message ?? null,
  created_at_ms: payment.createdAtMs,
  updated_at_ms: payment.updatedAtMs,
});

function paymentFromRow(row: Row): Payment {
  const { currency, amount_minor: amountMinor, processor_reference: processorReference } = row;
  const { refusal_code: code, refusal_message: message } = row;
  return {
    orderId: row.order_id,
    status: row.status,
    ...(currency !== null && amountMinor !== null && { amount: { currency, amountMinor } }),
    ...(processorReference !== null && { processorReference }),
    ...(code !== null && message !== null && { refusal: { code, message } }),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}
