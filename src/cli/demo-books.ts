import { formatMinor } from '../checkout/money.ts';
import type { StockAnswer } from '../contract/stock.ts';
import { stockText } from './commands/stock.ts';
import { expectedStock } from './demo-stories.ts';
import { tableText } from './table.ts';
import type { Colours } from './terminal.ts';

/** What the demo's services hold in the end. */
export type DemoBooks = {
  readonly stock: readonly StockAnswer[];
  /** Of the payment service, in minor units of USD. */
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  /** Sum over the orders that the order service calls CONFIRMED. */
  readonly confirmedMinor: number;
};

/** Everything that does not add up, one sentence each. */
export function problemsIn({
  stock,
  capturedMinor,
  refundedMinor,
  confirmedMinor,
}: DemoBooks): readonly string[] {
  const kept = capturedMinor - refundedMinor;
  const money =
    kept === confirmedMinor
      ? []
      : [`The money kept is ${dollars(kept)}, but the confirmed orders cost ${dollars(confirmedMinor)}.`];
  return [...money, ...expectedStock.flatMap((expected) => stockProblem(expected, stock))];
}

function stockProblem(expected: StockAnswer, stock: readonly StockAnswer[]): readonly string[] {
  const found = stock.find(({ product_id }) => product_id === expected.product_id);
  const keys = ['available', 'reserved', 'stocked'] as const;
  if (found && keys.every((key) => found[key] === expected[key])) return [];
  const text = (row: StockAnswer | undefined) =>
    row ? keys.map((key) => `${row[key]} ${key}`).join(', ') : 'nothing';
  return [`Stock of ${expected.product_id}: expected ${text(expected)}, found ${text(found)}.`];
}

/** The books as tables. */
export async function booksText(books: DemoBooks, colours: Colours): Promise<string> {
  const money = await tableText(
    [{ head: 'MONEY' }, { head: 'USD', align: 'right' }],
    [
      ['captured', dollars(books.capturedMinor)],
      ['refunded', dollars(books.refundedMinor)],
      ['confirmed orders', dollars(books.confirmedMinor)],
    ],
    colours,
  );
  return `${await stockText(books.stock, colours)}\n\n${money}`;
}

const dollars = (minor: number): string => formatMinor(minor, 'USD');
