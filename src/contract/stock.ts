/** `PUT /stock/{product_id}`. */
export type StockAnswer = {
  readonly product_id: string;
  /** Units that a new order can take. */
  readonly available: number;
  /** Units that orders hold, confirmed ones included. */
  readonly reserved: number;
  /** Units ever put on the shelf. */
  readonly stocked: number;
};

/** `GET /stock`, by product id. */
export type StockListAnswer = { readonly stock: readonly StockAnswer[] };
