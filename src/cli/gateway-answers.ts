import type { StoryLine } from '../checkout/story.ts';
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
  /** The last error or refusal, in one line. */
  readonly last_error?: string;
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
  readonly version: number;
  /** Why it turned back. */
  readonly cause?: Said;
  /** Where and why it waits for a person. */
  readonly halt?: Said & { readonly step: string; readonly direction: Direction };
  readonly trace_id: string;
  readonly epoch: number;
  readonly recoveries: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly deadline_at?: string;
  /** Why the gateway cannot read its log. */
  readonly unreadable?: string;
  readonly steps: readonly StepAnswer[];
};

export type SagaAnswer = SagaSummaryAnswer & {
  /** What is undone, or would be if it were cancelled now. */
  readonly undo: readonly { readonly step: string; readonly compensation: string; readonly effect: string }[];
  readonly events: readonly EventAnswer[];
};

export type SagaPage = { readonly sagas: readonly SagaSummaryAnswer[]; readonly next_cursor?: string | null };

/** Halted sagas that one outage may have caused. */
export type InboxGroupAnswer = {
  readonly step: string;
  readonly direction: Direction;
  readonly cause: string;
  readonly error?: string;
  readonly message: string;
  readonly sagas: number;
  readonly cancellable: number;
  readonly money_at_risk: readonly { readonly currency: string; readonly amount: number }[];
  readonly oldest_at: string;
  readonly newest_at: string;
  readonly sample_ids: readonly string[];
};

export type InboxAnswer = {
  readonly groups: readonly InboxGroupAnswer[];
  readonly sagas: number;
  readonly unreadable: number;
  readonly partial: boolean;
};

/** A call that lies ahead. */
export type ForetoldAnswer = { readonly operation: string; readonly effect: string };

export type BulkResultAnswer = {
  readonly id: string;
  readonly result: 'done' | 'allowed' | 'refused' | 'elsewhere' | 'not_found' | 'failed';
  readonly why?: string;
  readonly status?: SagaStatus;
  readonly calls?: readonly ForetoldAnswer[];
};

export type BulkAnswer = {
  readonly dry_run: boolean;
  readonly counts: Readonly<Record<BulkResultAnswer['result'], number>>;
  readonly results: readonly BulkResultAnswer[];
  readonly has_more: boolean;
};

export type ExplanationAnswer = {
  readonly id: string;
  readonly status: SagaStatus;
  readonly trace_id: string;
  readonly story: readonly {
    readonly at: string;
    readonly tone: StoryLine['tone'];
    readonly text: string;
    readonly trace_id: string;
  }[];
  readonly open: readonly string[];
  readonly next: readonly string[];
  readonly choices: readonly {
    readonly kind: 'retry' | 'skip' | 'cancel';
    readonly step?: string;
    readonly allowed: boolean;
    readonly why?: string;
    readonly calls: readonly ForetoldAnswer[];
    readonly ends?: SagaStatus;
  }[];
};

export type EngineAnswer = {
  readonly paused: boolean;
  readonly pauses: readonly {
    readonly participant?: string;
    readonly by: string;
    readonly reason: string;
    readonly since: string;
  }[];
  readonly accepting: boolean;
  readonly live: number;
  readonly max_live: number;
  readonly breakers: Readonly<Record<string, string>>;
};

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
