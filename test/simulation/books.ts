import { chainProblem } from '../../src/stores/hash-chain.ts';
import type { SagaDisk } from '../../src/stores/memory/saga-disk.ts';
import type { AcceptedBook, Books, MovementBook } from '../../src/verify/books.ts';
import type { Stores } from './participant-process.ts';

/** Reads what is durable, and nothing else. */
export function booksOf(
  disk: SagaDisk,
  stores: Stores,
  told: { readonly acknowledged: readonly AcceptedBook[]; readonly statement: readonly MovementBook[] },
): Books {
  const rows = <Row>(store: keyof Stores, sql: string): Row[] => stores[store].rows<Row>(sql);
  const answers = [...disk.answers.values()].map(({ sagaId, key }) => ({ orderId: sagaId, key }));
  return {
    sagas: [...disk.sagas.values()].map(({ record, head, rows: log }) => ({
      id: record.id,
      definition: record.definition,
      version: record.version,
      status: record.status,
      epoch: record.epoch,
      createdAtMs: record.createdAtMs,
      events: log.map(({ seq, epoch, data }) => ({ seq, epoch, event: JSON.parse(data) })),
      chainProblem: chainProblem(record.id, log, head),
    })),
    orders: rows('order', 'SELECT id AS orderId, status, currency, total_minor AS totalMinor FROM orders'),
    reservations: rows<{ orderId: string; status: 'held'; items: string }>(
      'inventory',
      'SELECT order_id AS orderId, status, items FROM reservation',
    ).map((row) => ({ ...row, items: JSON.parse(row.items) })),
    stock: rows('inventory', 'SELECT product_id AS productId, available, reserved, stocked FROM stock'),
    payments: rows<{
      orderId: string;
      status: 'captured';
      currency: string | null;
      amountMinor: number | null;
    }>(
      'payment',
      'SELECT order_id AS orderId, status, currency, amount_minor AS amountMinor FROM payment',
    ).map(({ orderId, status, currency, amountMinor }) => ({
      orderId,
      status,
      ...(currency !== null && amountMinor !== null && { currency, amountMinor }),
    })),
    accepted: [...answers, ...told.acknowledged],
    statement: told.statement,
  };
}
