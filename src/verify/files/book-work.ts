import type { Tally } from '../tally.ts';
import { checkRange, type RangeCheck } from './check-range.ts';
import type { BookFiles } from './open-books.ts';
import type { IdRange } from './read-books.ts';
import { readStock, type StockReading } from './read-stock.ts';
import { checkKeys } from './survey.ts';

/** A piece of checking that one thread does on its own. */
export type BookWork =
  | { readonly kind: 'range'; readonly range: IdRange }
  | { readonly kind: 'keys' }
  | { readonly kind: 'stock' };

export type BookResult =
  | { readonly kind: 'range'; readonly tally: Tally }
  | ({ readonly kind: 'keys' } & ReturnType<typeof checkKeys>)
  | ({ readonly kind: 'stock' } & StockReading);

/** Does one piece on the thread that has the files open. */
export function doBookWork(files: BookFiles, work: BookWork, options: RangeCheck): BookResult {
  switch (work.kind) {
    case 'range':
      return { kind: 'range', tally: checkRange(files, work.range, options) };
    case 'keys':
      return { kind: 'keys', ...checkKeys(files) };
    case 'stock':
      return { kind: 'stock', ...readStock(files.inventory) };
    default:
      return work satisfies never;
  }
}
