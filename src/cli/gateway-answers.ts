import type { Direction, SagaEvent } from '../saga/event.ts';
import type { SagaStatus } from '../saga/state.ts';

// What the gateway's HTTP answers look like. `/openapi.json` is the contract; this is the part that the CLI reads.

export type OrderStatus = 'PENDING' | 'CONFIRMED' | 'CANCELLED';

export type OrderAnswer = {
  readonly id: string;
  readonly customer_id: string;
  readonly status: OrderStatus;
  /** A decimal number. */
  readonly total: number;
  readonly currency: string;
  /** For the customer; only of a cancelled order. */
  readonly reason?: string;
  readonly items: readonly {
    readonly product_id: string;
    readonly quantity: number;
    readonly price: number;
  }[];
  /** RFC 3339, UTC. */
  readonly created_at: string;
  readonly updated_at: string;
};

export type OrderPage = { readonly orders: readonly OrderAnswer[]; readonly next_cursor?: string | null };

/** Messages are absent for callers who may not see what was written for operators. */
type Said = { readonly code: string; readonly message?: string };

export type StepAnswer = {
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly attempts: number;
  readonly compensation_attempts: number;
  readonly last_error?: Said;
};

/** One row of the saga log. */
export type EventAnswer = {
  readonly seq: number;
  readonly type: SagaEvent['type'];
  readonly step?: string;
  readonly attempt?: number;
  readonly at: string;
  /** The whole event. Texts for operators are empty for those who are none. */
  readonly data: SagaEvent;
  readonly trace_id: string;
  readonly span_id: string;
  readonly epoch: number;
  readonly hash: string;
};

/** What a list shows of a saga. */
export type SagaSummaryAnswer = {
  readonly id: string;
  readonly status: SagaStatus;
  readonly definition: string;
  readonly definition_version: number;
  /** Why it turned back. */
  readonly cause?: Said;
  /** Where and why it waits for a person. */
  readonly halt?: Said & { readonly step: string; readonly direction: Direction };
  readonly trace_id: string;
  readonly epoch: number;
  readonly recoveries: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly deadline_at: string;
  readonly steps: readonly StepAnswer[];
};

export type SagaAnswer = SagaSummaryAnswer & {
  /** What is undone, or would be if it were cancelled now. */
  readonly undo: readonly { readonly step: string; readonly compensation: string; readonly effect: string }[];
  readonly events: readonly EventAnswer[];
};

export type SagaPage = { readonly sagas: readonly SagaSummaryAnswer[]; readonly next_cursor?: string | null };

export type StockAnswer = {
  readonly product_id: string;
  /** Units that a new order can take. */
  readonly available: number;
  /** Units that orders hold, confirmed ones included. */
  readonly reserved: number;
  /** Units ever put on the shelf. */
  readonly stocked: number;
};

export type NewOrder = {
  readonly customer_id: string;
  readonly items: OrderAnswer['items'];
  readonly currency?: string;
};
