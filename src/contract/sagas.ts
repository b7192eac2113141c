import type { Direction, SagaEvent } from '../saga/event.ts';
import type { SagaStatus } from '../saga/state.ts';

/** `in_doubt`: it may have happened. `skipped`: a person declared it as handled by hand. */
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

export type StepAnswer = {
  readonly name: string;
  readonly kind: 'compensatable' | 'pivot' | 'retriable';
  readonly participant: string;
  readonly status: StepStatus;
  /** Attempts of the action that have ended. */
  readonly attempts: number;
  /** How often the participant was asked what became of the action. */
  readonly inquiries: number;
  /** Name of the operation that undoes it, if there is one. */
  readonly compensation?: string;
  readonly compensation_attempts: number;
  /** The last error or refusal, in one line. */
  readonly last_error?: string;
};

/** What a list and the feed of changes both tell of a saga. */
export type SagaRow = {
  readonly id: string;
  readonly status: SagaStatus;
  /** The step at hand; absent when nothing is left to do. */
  readonly step?: string;
  /** Why it halted or turned back, in one line. */
  readonly reason?: string;
  readonly customer_id?: string;
  readonly items?: readonly { readonly product_id: string; readonly quantity: number }[];
  /** Of the order: a decimal number in `currency`. */
  readonly total?: number;
  readonly currency?: string;
  readonly trace_id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly steps: readonly { readonly name: string; readonly status: StepStatus }[];
};

/** What a list shows of a saga. Messages are empty for callers who are not operators. */
export type SagaSummaryAnswer = Omit<SagaRow, 'steps'> & {
  readonly definition: string;
  /** Of the definition. */
  readonly version: number;
  /** Why it turned back. */
  readonly cause?: { readonly code: string; readonly message: string; readonly step?: string };
  /** Where and why it waits for a person. */
  readonly halt?: {
    readonly step: string;
    readonly direction: Direction;
    readonly code: string;
    readonly message: string;
  };
  readonly cancellable: boolean;
  readonly epoch: number;
  /** Times it was taken over since it last made progress. */
  readonly recoveries: number;
  /** Empty when the saga is unreadable. */
  readonly steps: readonly StepAnswer[];
  /** Absent when the saga is unreadable. */
  readonly deadline_at?: string;
  /** Why the gateway cannot read its log. */
  readonly unreadable?: string;
};

/** One row of the saga log; also `data` of the server-sent events of `GET /orders/{id}/events`. */
export type EventAnswer = {
  /** 1-based, without gaps. */
  readonly seq: number;
  readonly type: SagaEvent['type'];
  readonly at: string;
  readonly step?: string;
  readonly attempt?: number;
  /** The whole event. Texts for operators are empty for everyone else. */
  readonly data: SagaEvent;
  readonly epoch: number;
  readonly trace_id: string;
  readonly span_id: string;
  /** SHA-256 over this row and `prev_hash`, in hexadecimal. */
  readonly hash: string;
  readonly prev_hash: string;
};

/** `GET /sagas/{id}`, `GET /orders/{id}/saga`, and what follows a decision about one saga. */
export type SagaAnswer = SagaSummaryAnswer & {
  /** What is undone, or would be if it were cancelled now, in this order. */
  readonly undo: readonly { readonly step: string; readonly compensation: string; readonly effect: string }[];
  readonly events: readonly EventAnswer[];
};

/** `GET /sagas`, newest first. */
export type SagaPage = {
  readonly sagas: readonly SagaSummaryAnswer[];
  /** `cursor` of the next page; absent on the last one. */
  readonly next_cursor?: string;
  /** Sagas that were looked at for this page. */
  readonly looked: number;
  /** Of all sagas, whatever the filters. */
  readonly counts: Readonly<Record<SagaStatus, number>>;
};

/** `data` of the server-sent events of `GET /events`. */
export type SagaChanges = {
  /** One row per saga, with the type of its latest event. */
  readonly changes: readonly (SagaRow & { readonly event: string })[];
  /** How many more sagas changed than there was room for. */
  readonly omitted: number;
};
