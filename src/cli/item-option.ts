import { InvalidArgumentError } from 'commander';

/** A line of an order, as the gateway takes it. */
export type ItemOption = { readonly product_id: string; readonly quantity: number; readonly price: number };

/**
 * Reads one `--item PRODUCT:QUANTITY@PRICE` and adds it to those before.
 *
 * @throws InvalidArgumentError that shows how an item is written
 */
export function parseItem(text: string, before: readonly ItemOption[] | undefined): readonly ItemOption[] {
  // 15 digits of a price at most: a number holds every such price as it was written.
  const [, product_id, quantity, price] = /^(.+):(\d{1,9})@(\d{1,12}(?:\.\d{1,3})?)$/.exec(text) ?? [];
  if (product_id === undefined) {
    throw new InvalidArgumentError('Write PRODUCT:QUANTITY@PRICE, e.g. prod_1:2@50.00.');
  }
  return [...(before ?? []), { product_id, quantity: Number(quantity), price: Number(price) }];
}
