import type { StockBook } from '../books.ts';
import type { ReadOnlyBook } from './read-only-book.ts';

/** Stock, and what the reservations hold of it at that very moment. */
export type StockReading = {
  readonly stock: readonly StockBook[];
  readonly held: ReadonlyMap<string, number>;
};

/** Both in one transaction: a moment later another order may have taken some. */
export function readStock(inventory: ReadOnlyBook): StockReading {
  return inventory.transaction(() => {
    const stock = inventory
      .prepare<[], StockBook>(
        'SELECT product_id AS productId, available, reserved, stocked FROM stock ORDER BY product_id',
      )
      .all();
    const held = inventory
      .prepare<[], [string, number]>(
        `SELECT line.value ->> 'productId' AS product, sum(line.value ->> 'quantity')
         FROM reservation, json_each(CASE WHEN json_valid(items) THEN items ELSE '[]' END) AS line
         WHERE status = 'held' GROUP BY product`,
      )
      .raw()
      .all();
    return { stock, held: new Map(held) };
  })();
}
