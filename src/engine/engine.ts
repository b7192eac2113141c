import type { Command } from '../saga/command.ts';
import type { Json } from '../saga/json.ts';
import type { Pause } from '../stores/pause.ts';
import type { AcceptResult, IdempotencyClaim, LoggedEvent, SagaRecord } from '../stores/saga-log.ts';
import { ExpectedError } from './expected-error.ts';
import type { BreakerState } from './observer.ts';
import type { PauseRequest, PauseResult } from './pauses.ts';
import type { RefusalReason } from './refusal.ts';
import type { RestingSaga } from './until-rest.ts';

/** A saga to accept, and the idempotency key that it was asked for with. */
export type AcceptRequest = {
  /** UUIDv7, made by the caller, so that ids sort by time. */
  readonly sagaId: string;
  readonly input: Json;
  readonly traceparent: string;
  readonly atMs: number;
  readonly idempotency?: IdempotencyClaim;
};

/** The engine cannot take another saga right now. Nothing was accepted, nothing was written. */
export class Overloaded extends ExpectedError {
  override readonly name = 'Overloaded';
  readonly why: RefusalReason;
  readonly retryAfterMs: number;
  constructor(why: RefusalReason, retryAfterMs: number, cause?: unknown) {
    super(`not accepting sagas: ${why}`, { cause });
    this.why = why;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * - `done`: the command is a durable event of the saga.
 * - `refused`: the saga's state does not allow it; `why` says so for operators.
 * - `elsewhere`: another process drives the saga, or this one is about to after a crash; ask there, or again.
 */
export type CommandResult =
  | { readonly kind: 'done'; readonly record: SagaRecord }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'notFound' }
  | { readonly kind: 'elsewhere'; readonly owner: string };

/** What an engine is doing at the moment; for readiness and metrics. */
export type EngineStatus = {
  readonly accepting: boolean;
  /** Sagas being driven by this process, waits included. */
  readonly live: number;
  readonly maxLive: number;
  /** Sagas asked for whose acceptance is not durable yet. */
  readonly pendingAccepts: number;
  readonly breakers: Readonly<Record<string, BreakerState>>;
  /** The last write to the log failed, and none has succeeded since. */
  readonly logFailing: boolean;
  /** What holds calls back now, oldest first. */
  readonly pauses: readonly Pause[];
};

/** Accepts sagas, drives each to its end, and takes over those that nobody drives. One for each process. */
export type Engine = {
  /** Registers this process as an owner, then recovers what nobody drives, now and from time to time. */
  start(): Promise<void>;
  /**
   * Asks whether a saga would be accepted at this moment, so that a refusal costs nothing else.
   *
   * @throws Overloaded when not
   */
  assertAdmits(): void;
  /**
   * Makes a saga durable and starts to drive it.
   *
   * @throws Overloaded when the bound on live sagas is reached, the engine is stopping, or the log cannot be written
   */
  accept(request: AcceptRequest): Promise<AcceptResult>;
  command(sagaId: string, command: Command): Promise<CommandResult>;
  /**
   * Every durable event with a greater seq, as it comes, until the saga is terminal or the signal aborts. Ends at
   * once for a saga that does not exist.
   */
  watch(sagaId: string, afterSeq: number, signal: AbortSignal): AsyncIterable<LoggedEvent>;
  /**
   * Waits until there is nothing left to do for a saga, and durably so, or until the signal aborts.
   *
   * @returns the saga, when it came to rest in this process; undefined when the log must be asked how it is
   */
  untilRest(sagaId: string, signal: AbortSignal): Promise<RestingSaga | undefined>;
  status(): EngineStatus;
  /**
   * Lets no further call leave, to anyone or to one participant. Calls under way end and are recorded; new sagas are
   * accepted and held, up to the bound on live ones; deadlines go on. Durable, and outlives the process.
   */
  pause(request: PauseRequest): Promise<PauseResult>;
  /** Ends exactly that pause: one of everything does not end that of a participant. */
  resume(request: PauseRequest): Promise<PauseResult>;
  /** Stops accepting, lets attempts in flight end for at most `graceMs`, parks the rest and gives up the lease. */
  stop(graceMs: number): Promise<void>;
};
