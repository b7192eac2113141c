/** The promises of the books; `docs/verify.md` says what each one is. */
export type InvariantName = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10';

/** One promise, what was looked at for it, and how often it was found broken. */
export type ReportCheck = {
  readonly invariant: InvariantName;
  readonly promise: string;
  readonly compared: string;
  readonly violations: number;
};

export type ReportViolation = {
  readonly invariant: InvariantName;
  readonly order_id?: string;
  readonly product_id?: string;
  readonly currency?: string;
  /** Decimal text in `currency`. */
  readonly amount?: string;
  readonly message: string;
};

export type ReportByHand = {
  readonly order_id: string;
  /** The operation by its own name, e.g. `refund-payment`. */
  readonly operation: string;
  /** Who said so. */
  readonly operator: string;
  readonly currency?: string;
  /** What was ordered; decimal text in `currency`. */
  readonly amount?: string;
  /** What is kept for the order less what it was confirmed over; absent when nothing is. */
  readonly difference?: string;
  readonly message: string;
};

/**
 * The outcome of a check of the books, as `ordersaga verify --json` and the gateway show it. Amounts are decimal texts,
 * because sums may exceed what a JSON number holds exactly.
 */
export type BooksReport = {
  /** `late`: everything adds up, but orders are under way for longer than they should be, as in an outage. */
  readonly result: 'balanced' | 'late' | 'violated';
  /** What was read: `files`, or the `services` through their APIs. */
  readonly source: 'files' | 'services';
  /** The time that ages are counted to: now, or when a copied or stopped system last did something. */
  readonly as_of: string;
  readonly orders: {
    readonly accepted: number;
    readonly confirmed: number;
    readonly cancelled: number;
    /** Finished, and neither confirmed nor cancelled, because a person took that on. */
    readonly by_hand: number;
    readonly unfinished: number;
    readonly halted: number;
  };
  /** Rows of the saga log. */
  readonly events: number;
  readonly money: readonly {
    readonly currency: string;
    /** Of finished orders: taken, given back, and the difference; it must equal the totals of the confirmed ones. */
    readonly captured: string;
    readonly refunded: string;
    readonly kept: string;
    readonly confirmed: string;
    /** `kept` less `confirmed`. */
    readonly difference: string;
    /** Taken for orders that are not finished. */
    readonly at_risk: string;
  }[];
  readonly stock: readonly {
    readonly product_id: string;
    /** Initial stock and everything put on the shelf since; must equal the three that follow. */
    readonly stocked: number;
    readonly available: number;
    /** For orders that are not finished. */
    readonly held: number;
    readonly sold: number;
    readonly difference: number;
  }[];
  readonly checks: readonly ReportCheck[];
  /** Sagas that wait for a person, the first hundred. */
  readonly halted_orders: readonly string[];
  /** Seconds since the oldest order that is under way was accepted. */
  readonly oldest_unfinished_s?: number;
  /** Steps that people declared as handled by hand, which nothing checks, the first hundred; `by_hand_count` has them all. */
  readonly by_hand: readonly ReportByHand[];
  readonly by_hand_count: number;
  /** The first thousand, then the first hundred orders that are only late; `violation_count` has them all. */
  readonly violations: readonly ReportViolation[];
  readonly violation_count: number;
  /** Of the violations: orders that are only late. */
  readonly late_count: number;
  /** What a reader should know besides the result. */
  readonly notes: readonly string[];
};

/** `POST /verifications` and `GET /verifications/{id}`: a check of the books. */
export type VerificationAnswer = {
  readonly id: string;
  readonly status: 'running' | 'done' | 'failed';
  readonly started_at: string;
  readonly finished_at?: string;
  /** Orders looked at so far. */
  readonly checked: number;
  readonly total: number;
  /** Once it is done. */
  readonly report?: BooksReport;
  /** Why the books could not be read. */
  readonly problem?: string;
};

/** The body of `POST /verifications`. */
export type NewVerification = {
  /** Age at which an order that is neither finished nor halted is late. */
  readonly max_age_ms?: number;
};
