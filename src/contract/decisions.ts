import type { Direction } from '../saga/event.ts';
import type { SagaStatus } from '../saga/state.ts';

/** What a person can decide about a saga. */
export type DecisionKind = 'retry' | 'skip' | 'cancel';

/** The operations that end an order for its customer. */
export type OrderEnding = 'confirm-order' | 'cancel-order';

/** The body of `POST /sagas/{id}/retry` and `POST /sagas/{id}/cancel`. Kept in the saga's log. */
export type SagaCommand = {
  readonly reason: string;
  /** Who decides. Ignored when the caller has a token. */
  readonly operator?: string;
};

/** The body of `POST /sagas/{id}/skip`. */
export type SkipCommand = SagaCommand & {
  /** The step that the saga halted on; named so that a late request cannot skip another one. */
  readonly step: string;
};

/** Selects sagas; at least one member is needed. */
export type SagaFilter = {
  readonly ids?: readonly string[];
  /** Default `halted`, unless `ids` are given: then any. */
  readonly status?: 'halted' | 'running';
  /** The step at hand. */
  readonly step?: string;
  /** Code of what halted it, or of what turned it back. */
  readonly cause?: string;
  /** Code of the last error of that step. */
  readonly error?: string;
};

/** The body of `POST /sagas/commands`: one decision about many sagas. */
export type BulkCommand = SagaCommand & {
  readonly kind: DecisionKind;
  /** For `skip`, and required there. */
  readonly step?: string;
  readonly filter: SagaFilter;
  /** Only says what would happen. Default false. */
  readonly dry_run?: boolean;
  /** The most sagas to decide about, up to 500, which is the default. */
  readonly limit?: number;
};

/** A call that lies ahead of a saga. */
export type ForetoldAnswer = {
  readonly step: string;
  readonly direction: Direction | 'inquiry';
  readonly operation: string;
  /** E.g. `refund 100.00 USD`. */
  readonly effect: string;
  /** Why it may turn out to do nothing: the action may never have happened, or may be under way and fail. */
  readonly unless?: 'in_doubt' | 'under_way';
};

/** What became of one saga, or would. `elsewhere`: another process drives it. */
export type BulkResultAnswer = {
  readonly id: string;
  readonly result: 'done' | 'allowed' | 'refused' | 'elsewhere' | 'not_found' | 'failed';
  /** Why it was refused, or would be. */
  readonly why?: string;
  /** After the decision; of a dry run, where it leads if every call succeeds. */
  readonly status?: SagaStatus;
  /** Of a dry run: what would have ended the order, and a person handles instead. The order then stays as it is. */
  readonly by_hand?: OrderEnding;
  /** Of a dry run. */
  readonly calls?: readonly ForetoldAnswer[];
};

/** `POST /sagas/commands`. */
export type BulkAnswer = {
  readonly kind: DecisionKind;
  readonly dry_run: boolean;
  readonly counts: Readonly<Record<BulkResultAnswer['result'], number>>;
  readonly results: readonly BulkResultAnswer[];
  /** Whether more sagas match than `limit`. */
  readonly has_more: boolean;
};

/** Halted sagas that stand at one step for one reason, and so can likely be handled in one way. */
export type InboxGroupAnswer = {
  readonly step: string;
  readonly direction: Direction;
  /** Why they halted, e.g. `budget_spent`. */
  readonly cause: string;
  /** Code of the last error of that step. */
  readonly error?: string;
  /** What the latest of them says. */
  readonly message: string;
  readonly sagas: number;
  /** How many of them a cancel would undo. */
  readonly cancellable: number;
  /** Money taken, or perhaps taken, for these orders. */
  readonly money_at_risk: readonly { readonly currency: string; readonly amount: number }[];
  readonly oldest_at: string;
  readonly newest_at: string;
  /** The oldest ones, at most five. */
  readonly sample_ids: readonly string[];
};

/** `GET /inbox`. */
export type InboxAnswer = {
  readonly groups: readonly InboxGroupAnswer[];
  /** Halted sagas that were looked at. */
  readonly sagas: number;
  /** Those of them whose log the gateway cannot read. */
  readonly unreadable: number;
  /** Whether there are more halted sagas than were looked at. */
  readonly partial: boolean;
};

/** `GET /sagas/{id}/explanation`. */
export type ExplanationAnswer = {
  readonly id: string;
  readonly status: SagaStatus;
  readonly trace_id: string;
  /** One line per event. */
  readonly story: readonly {
    readonly seq: number;
    readonly at: string;
    readonly tone: 'good' | 'bad' | 'doubt' | 'undo' | 'note';
    readonly text: string;
    readonly attempt?: number;
    readonly trace_id: string;
    readonly span_id: string;
  }[];
  /** What is not settled yet. */
  readonly open: readonly string[];
  /** What happens by itself. */
  readonly next: readonly string[];
  /** What a person can decide; empty at the end. */
  readonly choices: readonly {
    readonly kind: DecisionKind;
    readonly step?: string;
    readonly allowed: boolean;
    /** Why it would be refused. */
    readonly why?: string;
    readonly calls: readonly ForetoldAnswer[];
    /** Where it leads if every call succeeds. */
    readonly ends?: SagaStatus;
    /** What would have ended the order, and a person handles instead. The order then stays as it is. */
    readonly by_hand?: OrderEnding;
  }[];
};
