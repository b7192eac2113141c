import type { SagaEvent } from '../saga/event.ts';
import type { Json } from '../saga/json.ts';
import type { SagaStatus } from '../saga/state.ts';
import type { PauseLog } from './pause.ts';

/** The span that caused an event. Hex as in W3C Trace Context: 32 and 16 digits. */
export type TraceRef = { readonly traceId: string; readonly spanId: string };

/** One row of the append-only log. */
export type LoggedEvent = {
  /** 1-based, without gaps. */
  readonly seq: number;
  readonly event: SagaEvent;
  /** Fencing token of the driver that appended it. Never falls. */
  readonly epoch: number;
  readonly atMs: number;
  readonly trace: TraceRef;
  /** SHA-256, hex, over this row and `prevHash`; the first row's `prevHash` is 64 zeros. */
  readonly hash: string;
  readonly prevHash: string;
};

/** One row per saga: what a list needs without reading its events. */
export type SagaRecord = {
  readonly id: string;
  readonly definition: string;
  readonly version: number;
  /** What its first event holds; null when that is lost or damaged. */
  readonly input: Json;
  readonly status: SagaStatus;
  /** Who drives it, or drove it last. */
  readonly owner: string;
  readonly epoch: number;
  /** Seq of its last event. */
  readonly seq: number;
  /** W3C traceparent of the request that started it. */
  readonly traceparent: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

/** What a client may replay: one key, one request, one answer. */
export type IdempotencyClaim = {
  /** Whose keys these are: one per token, or one for all when there are no tokens. */
  readonly scope: string;
  readonly key: string;
  /** Tells two requests apart: a digest of the canonical request. */
  readonly fingerprint: string;
  /** The answer to the first request, replayed byte for byte. */
  readonly answer: string;
  readonly expiresAtMs: number;
};

/** A new saga, with the idempotency row that is written in the same transaction. */
export type Acceptance = {
  readonly sagaId: string;
  readonly started: Extract<SagaEvent, { type: 'SagaStarted' }>;
  readonly owner: string;
  readonly traceparent: string;
  readonly trace: TraceRef;
  readonly atMs: number;
  readonly idempotency?: IdempotencyClaim;
};

/**
 * - `accepted`: saga, first event and idempotency row are durable, in one transaction; `hash` is that event's.
 * - `replayed`: the key was used for this very request before; nothing was written.
 * - `mismatch`: the key was used for another request; nothing was written.
 */
export type AcceptResult =
  | { readonly kind: 'accepted'; readonly hash: string }
  | { readonly kind: 'replayed'; readonly sagaId: string; readonly answer: string }
  | { readonly kind: 'mismatch' };

/** An event to append. */
export type NewEvent = { readonly event: SagaEvent; readonly trace: TraceRef; readonly atMs: number };

/** Events to append to one saga in one transaction, unless somebody else appended or claimed it. */
export type Append = {
  readonly sagaId: string;
  /** Seq of the last event the writer knows of. */
  readonly expectedSeq: number;
  readonly epoch: number;
  readonly events: readonly NewEvent[];
  /** Status of the saga after these events. */
  readonly status: SagaStatus;
};

/**
 * - `appended`: the events are durable; `hashes` are theirs, in order.
 * - `conflict`: somebody else appended, or a higher epoch owns the saga. The writer stops driving it.
 */
export type AppendResult =
  | { readonly kind: 'appended'; readonly hashes: readonly string[] }
  | { readonly kind: 'conflict' };

/** A page of the live sagas that nobody drives. */
export type UndrivenQuery = {
  /** Who asks. */
  readonly owner: string;
  /** Leave out those of the asker itself. Default false. */
  readonly exceptOwn?: boolean;
  readonly nowMs: number;
  readonly limit: number;
  /** Only sagas with a greater id. */
  readonly afterId?: string;
};

/**
 * Why nobody drives a saga: `own`, its owner is the asker itself; `released`, its owner gave up its lease in good
 * order; `dead`, its owner let the lease run out, never had one, or is a process of this host that no longer lives.
 */
export type UndrivenSaga = { readonly record: SagaRecord; readonly lapse: 'own' | 'released' | 'dead' };

/** A takeover of one saga. */
export type Claim = {
  readonly sagaId: string;
  readonly owner: string;
  /** The epoch seen by `findUndriven`; the claim fails when it has moved on. */
  readonly expectedEpoch: number;
  /** The claim also fails when the saga has gone on since. Default: it may have. */
  readonly expectedSeq?: number;
};

/** A page of sagas, newest first (ids are UUIDv7, so by id descending). */
export type SagaQuery = {
  readonly statuses?: readonly SagaStatus[];
  readonly limit: number;
  /** Only sagas with a smaller id. */
  readonly beforeId?: string;
};

/** Where to look for finished sagas that may leave the log. */
export type ArchivableQuery = {
  /** Only sagas that finished at this time or before. */
  readonly finishedBeforeMs: number;
  /** Most sagas to look at. */
  readonly limit: number;
  /** Only sagas with a greater id. Default: from the oldest on. */
  readonly afterId?: string;
};

/** Sagas that may leave the log, of the part that was looked at. */
export type Archivable = {
  readonly ids: readonly string[];
  /** Where to look next; absent when every saga that is old enough has been looked at. */
  readonly nextId?: string;
};

/** How many sagas are in each status. Finished ones are counted since the log began, archived ones included. */
export type SagaCounts = Readonly<Record<SagaStatus, number>>;

/**
 * The durable, append-only record of every saga. One writer process is the rule, several are safe: appends are
 * conditional on seq and epoch.
 *
 * Every promise of a write resolves only once the write is durable. Rejections mean that nothing was written, or
 * that it is unknown whether it was; the caller goes back to what `get` and `events` say.
 */
export type SagaLog = PauseLog & {
  accept(acceptance: Acceptance): Promise<AcceptResult>;
  append(append: Append): Promise<AppendResult>;
  get(sagaId: string): Promise<SagaRecord | undefined>;
  /**
   * In seq order, only those with a greater seq.
   *
   * @throws DamagedSaga when one of them is not what was written; anything else is a failure of the log itself
   */
  events(sagaId: string, afterSeq: number): Promise<readonly LoggedEvent[]>;
  list(query: SagaQuery): Promise<readonly SagaRecord[]>;
  counts(): Promise<SagaCounts>;
  /**
   * Live (running or compensating) sagas that nobody drives. Oldest first, by id; costs live sagas only, never history.
   */
  findUndriven(query: UndrivenQuery): Promise<readonly UndrivenSaga[]>;
  /**
   * Takes a saga over: owner and epoch + 1, in one transaction, without an event.
   *
   * @returns the record after the claim, or undefined when somebody else was faster
   */
  claim(claim: Claim): Promise<SagaRecord | undefined>;
  /** Says "I am alive" until `nowMs + leaseMs`; the first call registers the owner. */
  renewLease(lease: {
    readonly owner: string;
    readonly nowMs: number;
    readonly leaseMs: number;
  }): Promise<void>;
  /** Gives the lease up, so that others may take over at once. */
  releaseLease(owner: string): Promise<void>;
  /** The stored answer of a key that has not expired. */
  findAnswer(query: {
    readonly scope: string;
    readonly key: string;
    readonly nowMs: number;
  }): Promise<{ readonly fingerprint: string; readonly answer: string; readonly sagaId: string } | undefined>;
  /** Deletes at most `limit` expired idempotency rows and says how many. */
  sweepExpired(query: { readonly nowMs: number; readonly limit: number }): Promise<number>;
  /**
   * Finished sagas that are still in the log, oldest first. Ids grow with time, so the first saga that is younger than
   * the bound ends the search: its cost depends on how many are old enough, not on how many there are.
   */
  findArchivable(query: ArchivableQuery): Promise<Archivable>;
  /**
   * Moves sagas into the archive with their events and hashes as they are: there first, then out of the log, so that a
   * crash leaves each in at least one of them. Passes over those that are not finished, or not in the log. `get` and
   * `events` still find what was moved, `counts` still counts it, and `list` no longer shows it.
   *
   * @returns how many left the log
   */
  archive(ids: readonly string[]): Promise<number>;
  /** Flushes and closes; idempotent. */
  close(): Promise<void>;
};
