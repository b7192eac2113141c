import type { Refusal } from '../../saga/outcome.ts';
import type { Database } from '../../stores/sqlite/program.ts';

/** A quantity of one product. */
export type Line = { readonly productId: string; readonly quantity: number };

export type Stock = {
  readonly productId: string;
  /** Units that a new order can take. */
  readonly available: number;
  /** Units that reservations hold, including those of confirmed orders: sold units stay counted here. */
  readonly reserved: number;
  /** The initial stock plus every difference made by setting it. */
  readonly stocked: number;
};

// The last CHECK keeps the books of one product: what was put on the shelf is either free or held. No statement, ours
// or typed by hand, can commit anything else.
export const stockSchema = `
  CREATE TABLE stock (
    product_id TEXT PRIMARY KEY,
    available INTEGER NOT NULL CHECK (available >= 0),
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    stocked INTEGER NOT NULL,
    CHECK (stocked = available + reserved)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE stock_seed (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    at_ms INTEGER NOT NULL
  ) STRICT;`;

/** The stock table. */
export function createStock(database: Database) {
  const columns = 'product_id AS productId, available, reserved, stocked';
  const availableOf = database
    .prepare<[string], number>('SELECT available FROM stock WHERE product_id = ?')
    .pluck();
  const move = database.prepare<[{ readonly productId: string; readonly quantity: number }]>(
    `UPDATE stock SET available = available - @quantity, reserved = reserved + @quantity
     WHERE product_id = @productId`,
  );
  const list = database.prepare<[], Stock>(`SELECT ${columns} FROM stock ORDER BY product_id`);
  const set = database.prepare<[{ readonly productId: string; readonly available: number }], Stock>(
    `INSERT INTO stock VALUES (@productId, @available, 0, @available)
     ON CONFLICT DO UPDATE SET
       available = excluded.available, stocked = stocked + excluded.available - available
     RETURNING ${columns}`,
  );
  const markSeeded = database.prepare<[number]>(
    'INSERT INTO stock_seed VALUES (1, ?) ON CONFLICT DO NOTHING',
  );

  function shortage({ productId, quantity }: Line): Refusal | undefined {
    const available = availableOf.get(productId);
    if (available === undefined) return { code: 'unknown_product', message: `${productId} is not stocked` };
    if (available >= quantity) return undefined;
    return { code: 'out_of_stock', message: `${productId}: wanted ${quantity}, available ${available}` };
  }

  function setStock(stock: { readonly productId: string; readonly available: number }): Stock {
    const row = set.get(stock);
    if (row === undefined) throw new Error(`${stock.productId}: the upsert returned no row`);
    return row;
  }

  return {
    /** Takes all lines or none. Each product at most once. Returns why not. */
    hold(lines: readonly Line[]): Refusal | undefined {
      const refusal = lines.map(shortage).find((found) => found !== undefined);
      if (refusal === undefined) for (const line of lines) move.run(line);
      return refusal;
    },
    giveBack(lines: readonly Line[]): void {
      for (const { productId, quantity } of lines) move.run({ productId, quantity: -quantity });
    },
    listStock: () => list.all(),
    setStock,
    seedStock({
      quantities,
      atMs,
    }: {
      readonly quantities: ReadonlyMap<string, number>;
      readonly atMs: number;
    }) {
      if (markSeeded.run(atMs).changes === 0) return;
      for (const [productId, available] of quantities) setStock({ productId, available });
    },
  };
}
