import type { OrderInput, OrderItem } from '../checkout/order.ts';
import type { InvariantName } from '../contract/books.ts';
import type { SagaEvent } from '../saga/event.ts';
import type { SagaStatus } from '../saga/state.ts';

/** A saga's row and its whole log, as the saga database holds them. */
export type SagaBook = {
  readonly id: string;
  readonly definition: string;
  readonly version: number;
  readonly status: SagaStatus;
  readonly epoch: number;
  readonly createdAtMs: number;
  /** In seq order. */
  readonly events: readonly { readonly seq: number; readonly epoch: number; readonly event: SagaEvent }[];
  /** What `chainProblem` says about the hash chain; hashing is the reader's part, this folder has no crypto. */
  readonly chainProblem?: string | undefined;
};

/** What a saga's row and log say about its order, without the log itself. */
export type SagaFacts = {
  readonly id: string;
  readonly status: SagaStatus;
  readonly createdAtMs: number;
  /** What was ordered; undefined when the log has lost it. */
  readonly terms: OrderInput | undefined;
  /** Steps that took effect, undone since or not. */
  readonly effects: readonly string[];
  /** Steps whose compensation succeeded. */
  readonly undone: readonly string[];
  /** Steps that a person declared as handled by hand, the operation that was at hand by its own name, and who did. */
  readonly byHand: readonly { readonly step: string; readonly operation: string; readonly by: string }[];
  /** The processor's name for the charge, as the log has it. */
  readonly chargeReference?: string;
};

/** A row of the order database. */
export type OrderBook = {
  readonly orderId: string;
  readonly status: 'pending' | 'confirmed' | 'cancelled';
  readonly currency: string;
  readonly totalMinor: number;
  /** Absent where only the total is known. */
  readonly items?: readonly OrderItem[];
};

/** A row of the inventory database: what one order holds, one line a product. Held and confirmed means sold. */
export type ReservationBook = {
  readonly orderId: string;
  readonly status: 'held' | 'released' | 'refused';
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
};

/** A product. `reserved` includes what is sold; `stocked` is the initial stock and every later difference. */
export type StockBook = {
  readonly productId: string;
  readonly available: number;
  readonly reserved: number;
  readonly stocked: number;
};

/** A row of the payment database. A `voided` one has no amount. */
export type PaymentBook = {
  readonly orderId: string;
  readonly status: 'captured' | 'declined' | 'refunded' | 'voided';
  readonly currency?: string;
  readonly amountMinor?: number;
  /** The processor's own name for the charge. */
  readonly reference?: string;
};

/** What clients were told: an order was accepted, under this idempotency key if there was one. */
export type AcceptedBook = { readonly orderId: string; readonly key?: string };

/** One line of the payment processor's own statement. */
export type MovementBook = {
  readonly orderId: string;
  readonly kind: 'charge' | 'refund';
  readonly currency: string;
  readonly amountMinor: number;
};

/** Everything durable that the services know, as plain rows. */
export type Books = {
  readonly sagas: readonly SagaBook[];
  readonly orders: readonly OrderBook[];
  readonly reservations: readonly ReservationBook[];
  readonly stock: readonly StockBook[];
  readonly payments: readonly PaymentBook[];
  /** From the idempotency rows, and from any other record of acknowledged orders. */
  readonly accepted: readonly AcceptedBook[];
  /** Where the processor's statement can be had. */
  readonly statement?: readonly MovementBook[];
};

/** What the four services hold about one order. */
export type OrderFile = {
  readonly orderId: string;
  readonly saga?: SagaFacts | undefined;
  readonly order?: OrderBook | undefined;
  readonly reservation?: ReservationBook | undefined;
  readonly payment?: PaymentBook | undefined;
  readonly movements?: readonly MovementBook[] | undefined;
};

/** The promises of the books, in the order in which they are reported. */
export const invariantNames = [
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I7',
  'I8',
  'I9',
  'I10',
] as const satisfies readonly InvariantName[];

/** A promise that the books show broken. `message` is a sentence for a person. */
export type Violation = {
  readonly invariant: InvariantName;
  readonly orderId?: string;
  readonly productId?: string;
  readonly currency?: string;
  /** How much money is in the wrong place. */
  readonly amountMinor?: number;
  readonly message: string;
  /** The order only takes longer than it should, as in an outage. */
  readonly isLate?: true;
};
