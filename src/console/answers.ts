import type { Direction, SagaEvent } from '../saga/event.ts';
import type { SagaStatus } from '../saga/state.ts';

// What the gateway answers, as far as this page reads it. `/openapi.json` is the contract.

export type OrderAnswer = {
  readonly id: string;
  readonly customer_id: string;
  readonly status: 'PENDING' | 'CONFIRMED' | 'CANCELLED';
  readonly total: number;
  readonly currency: string;
  readonly reason?: string;
  readonly items: readonly {
    readonly product_id: string;
    readonly quantity: number;
    readonly price: number;
  }[];
  readonly created_at: string;
};

export type StepStatus =
  | 'pending'
  | 'running'
  | 'succeeded'
  | 'rejected'
  | 'in_doubt'
  | 'failed'
  | 'compensating'
  | 'compensated'
  | 'skipped';

/** What a row of a list shows. */
export type SagaRow = {
  readonly id: string;
  readonly status: SagaStatus;
  readonly step?: string;
  readonly reason?: string;
  readonly customer_id: string;
  readonly items: readonly { readonly product_id: string; readonly quantity: number }[];
  readonly total: number;
  readonly currency: string;
  readonly trace_id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly steps: readonly { readonly name: string; readonly status: StepStatus }[];
};

export type SagaStep = {
  readonly name: string;
  readonly kind: 'compensatable' | 'pivot' | 'retriable';
  readonly participant: string;
  readonly status: StepStatus;
  readonly attempts: number;
  readonly inquiries: number;
  readonly compensation?: string;
  readonly compensation_attempts: number;
  readonly last_error?: string;
};

export type SagaSummary = Omit<SagaRow, 'steps'> & {
  readonly version: number;
  readonly halt?: {
    readonly step: string;
    readonly direction: Direction;
    readonly code: string;
    readonly message: string;
  };
  readonly unreadable?: string;
  readonly cancellable: boolean;
  readonly epoch: number;
  readonly recoveries: number;
  readonly deadline_at?: string;
  readonly steps: readonly SagaStep[];
};

export type EventRow = {
  readonly seq: number;
  readonly type: SagaEvent['type'];
  readonly at: string;
  readonly step?: string;
  readonly attempt?: number;
  readonly data: SagaEvent;
  readonly epoch: number;
  readonly trace_id: string;
  readonly span_id: string;
  readonly hash: string;
  readonly prev_hash: string;
};

export type SagaAnswer = SagaSummary & {
  readonly undo: readonly { readonly step: string; readonly compensation: string; readonly effect: string }[];
  readonly events: readonly EventRow[];
};

export type SagaPage = {
  readonly sagas: readonly SagaSummary[];
  readonly next_cursor?: string;
  readonly looked: number;
  readonly counts: Readonly<Record<SagaStatus, number>>;
};

export type FeedBatch = {
  readonly changes: readonly (SagaRow & { readonly event: string })[];
  readonly omitted: number;
};

/** What a person holds back; all calls when no participant is named. */
export type Pause = {
  readonly participant?: string;
  readonly by: string;
  readonly reason: string;
  readonly since: string;
};

export type Health = 'serving' | 'notServing' | 'unreachable';
export type Breaker = 'closed' | 'open' | 'half-open';

export type ActivityPoint = {
  readonly at: string;
  readonly accepted: number;
  readonly confirmed: number;
  readonly cancelled: number;
  readonly turned_back: number;
  readonly halted: number;
  readonly p50_ms?: number;
  readonly p99_ms?: number;
};

export type Overview = {
  readonly now: string;
  readonly counts: Readonly<Record<SagaStatus, number>>;
  readonly recent: Omit<ActivityPoint, 'at'> & {
    readonly since: string;
    readonly to_confirm: { readonly p50_ms?: number; readonly p99_ms?: number };
    readonly point_ms: number;
    readonly points: readonly ActivityPoint[];
  };
  readonly money_at_risk: readonly { readonly currency: string; readonly amount: number }[];
  readonly units_held: number;
  readonly oldest_unfinished_ms?: number;
  readonly books: 'balanced' | 'violated' | 'unknown';
  readonly engine: {
    readonly accepting: boolean;
    readonly live: number;
    readonly max_live: number;
    readonly pauses: readonly Pause[];
  };
  readonly log: 'writable' | 'failing';
  readonly idempotency_cache: 'connected' | 'degraded' | 'local';
  readonly participants: Readonly<Record<string, { readonly health: Health; readonly breaker: Breaker }>>;
};

export type ServiceRow = {
  readonly name: string;
  readonly address?: string;
  readonly version?: string;
  readonly health: Health;
  readonly breaker?: Breaker;
  readonly calls?: number;
  readonly failed?: number;
  readonly p50_ms?: number;
  readonly p99_ms?: number;
};

export type ServicesAnswer = { readonly window_ms: number; readonly services: readonly ServiceRow[] };

export type StockRow = {
  readonly product_id: string;
  readonly available: number;
  readonly reserved: number;
  readonly stocked: number;
};

export type Settings = {
  readonly version: string;
  readonly demo: boolean;
  /** Whether calls can be made to go wrong on purpose. */
  readonly faults: boolean;
  readonly trace_url?: string;
};

/** Who the gateway takes this page for. */
export type CallerAnswer = {
  /** Of the token; absent where no tokens are in use. */
  readonly name?: string;
  readonly scopes: readonly string[];
};

/** What goes wrong on purpose. */
export type FaultsAnswer = {
  readonly participants: readonly {
    readonly participant: string;
    readonly state: 'known' | 'off' | 'unreachable';
    readonly faults: readonly { readonly fault: string; readonly injected: number }[];
  }[];
};

/** A check of the books. */
export type Verification = {
  readonly id: string;
  readonly status: 'running' | 'done' | 'failed';
  readonly started_at: string;
  readonly finished_at?: string;
  /** Orders looked at so far. */
  readonly checked: number;
  readonly total: number;
  readonly report?: BooksReport;
  readonly problem?: string;
};

export type BooksReport = {
  readonly result: 'balanced' | 'violated';
  readonly as_of: string;
  readonly orders: {
    readonly accepted: number;
    readonly confirmed: number;
    readonly cancelled: number;
    readonly unfinished: number;
    readonly halted: number;
  };
  readonly events: number;
  /** Amounts are decimal texts, because sums may be large. */
  readonly money: readonly {
    readonly currency: string;
    readonly captured: string;
    readonly refunded: string;
    readonly kept: string;
    readonly confirmed: string;
    readonly difference: string;
    readonly at_risk: string;
  }[];
  readonly checks: readonly {
    readonly invariant: string;
    readonly promise: string;
    readonly compared: string;
    readonly violations: number;
  }[];
  /** The first thousand. */
  readonly violations: readonly {
    readonly invariant: string;
    readonly order_id?: string;
    readonly product_id?: string;
    readonly message: string;
  }[];
  readonly violation_count: number;
  readonly notes: readonly string[];
};
