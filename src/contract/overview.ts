import type { SagaStatus } from '../saga/state.ts';
import type { BreakerState, PauseAnswer } from './engine.ts';

export type HealthStatus = 'serving' | 'notServing' | 'unreachable';

/** Median and 99th percentile of a duration; absent when nothing was measured. */
type Quantiles = { readonly p50_ms?: number; readonly p99_ms?: number };

/** What happened in a stretch of time. */
type Counted = {
  readonly accepted: number;
  readonly confirmed: number;
  /** Undone completely. */
  readonly cancelled: number;
  /** Began to be undone. */
  readonly turned_back: number;
  readonly halted: number;
};

/** One point of a chart; the latencies are from acceptance to confirmation. */
export type ActivityPoint = Counted & Quantiles & { readonly at: string };

/** `GET /overview`. */
export type OverviewAnswer = {
  readonly now: string;
  readonly counts: Readonly<Record<SagaStatus, number>>;
  /** What this process saw; it does not outlive it. */
  readonly recent: Counted & {
    readonly since: string;
    /** From acceptance to confirmation. */
    readonly to_confirm: Quantiles;
    /** How long one point stands for. */
    readonly point_ms: number;
    readonly points: readonly ActivityPoint[];
  };
  /** Taken, or perhaps taken, for orders that are not finished. */
  readonly money_at_risk: readonly { readonly currency: string; readonly amount: number }[];
  /** Units of stock held, or perhaps held, for orders that are not finished. */
  readonly units_held: number;
  readonly oldest_unfinished_ms?: number;
  /** What the last check found; `unknown` when none was made since the start. */
  readonly books: 'balanced' | 'late' | 'violated' | 'unknown';
  readonly engine: {
    readonly accepting: boolean;
    readonly live: number;
    readonly max_live: number;
    readonly pauses: readonly PauseAnswer[];
  };
  readonly log: 'writable' | 'failing';
  readonly idempotency_cache: 'connected' | 'degraded' | 'local';
  readonly participants: Readonly<
    Record<string, { readonly health: HealthStatus; readonly breaker: BreakerState }>
  >;
};

export type ServiceAnswer = Quantiles & {
  readonly name: string;
  /** `host:port`; absent for the gateway itself. */
  readonly address?: string;
  /** Absent when it runs elsewhere. */
  readonly version?: string;
  readonly health: HealthStatus;
  readonly breaker?: BreakerState;
  /** Ended attempts in the window. */
  readonly calls?: number;
  /** Those of them that brought no answer. */
  readonly failed?: number;
};

/** `GET /services`. */
export type ServicesAnswer = { readonly window_ms: number; readonly services: readonly ServiceAnswer[] };
