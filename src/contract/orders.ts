/** `PENDING` until its saga has ended one way or the other. */
export type OrderStatus = 'PENDING' | 'CONFIRMED' | 'CANCELLED';

export type OrderItemAnswer = {
  readonly product_id: string;
  readonly quantity: number;
  /** Of one unit: a decimal number in the order's currency. */
  readonly price: number;
};

/** `POST /orders`, `GET /orders/{id}` and `POST /orders/{id}/cancel`. */
export type OrderAnswer = {
  /** UUIDv7; also the id of its saga. */
  readonly id: string;
  readonly customer_id: string;
  readonly status: OrderStatus;
  /** A decimal number. */
  readonly total: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Why it was cancelled, for the customer. */
  readonly reason?: string;
  readonly items: readonly OrderItemAnswer[];
  /** RFC 3339, UTC; so are all times of the contract. */
  readonly created_at: string;
  readonly updated_at: string;
};

/** `GET /orders`, newest first. */
export type OrderPage = {
  readonly orders: readonly OrderAnswer[];
  /** `cursor` of the next page; absent on the last one. */
  readonly next_cursor?: string;
};

/** The body of `POST /orders`. */
export type NewOrder = {
  readonly customer_id: string;
  readonly items: readonly OrderItemAnswer[];
  /** ISO 4217. Default USD. */
  readonly currency?: string;
};
