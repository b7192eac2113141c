import { isTerminal, isUnderWay, type SagaStatus } from '../../saga/state.ts';
import { archivableAmong } from '../archivable.ts';
import { type ChainedRow, type ChainHead, NO_HASH, rowHash } from '../hash-chain.ts';
import { lapseOf, type OwnerLease, type ProcessIdentity } from '../owner-lease.ts';
import type { Pause, PauseEnd } from '../pause.ts';
import type {
  Acceptance,
  AcceptResult,
  Append,
  AppendResult,
  Archivable,
  ArchivableQuery,
  Claim,
  IdempotencyClaim,
  LoggedEvent,
  SagaCounts,
  SagaQuery,
  SagaRecord,
  UndrivenQuery,
  UndrivenSaga,
} from '../saga-log.ts';
import { storedEvent } from '../stored-event.ts';

type StoredSaga = {
  readonly record: SagaRecord;
  readonly head: ChainHead;
  /** Events as JSON, so that nobody shares an object with the log. */
  readonly rows: readonly (ChainedRow & { readonly hash: string })[];
};

/**
 * What is durable, as plain data. It outlives the log that was opened on it, as a file would. `structuredClone` takes a
 * snapshot of it.
 */
export type SagaDisk = {
  readonly sagas: Map<string, StoredSaga>;
  /** Moved out of `sagas`. */
  readonly archived: Map<string, StoredSaga>;
  readonly answers: Map<string, IdempotencyClaim & { readonly sagaId: string }>;
  readonly leases: Map<string, OwnerLease>;
  /** Ended ones included, oldest first. */
  readonly pauses: (Pause & { readonly end?: PauseEnd })[];
};

/** An empty disk. */
export const createSagaDisk = (): SagaDisk => ({
  sagas: new Map(),
  archived: new Map(),
  answers: new Map(),
  leases: new Map(),
  pauses: [],
});

/**
 * The head of a saga's hash chain, to check its log against, or undefined when there is no such saga.
 */
export const headOf = (disk: SagaDisk, sagaId: string): ChainHead | undefined => found(disk, sagaId)?.head;

const found = (disk: SagaDisk, sagaId: string): StoredSaga | undefined =>
  disk.sagas.get(sagaId) ?? disk.archived.get(sagaId);

/** @throws Error when the saga id is taken; nothing was written then */
export function accept(disk: SagaDisk, acceptance: Acceptance): AcceptResult {
  const { sagaId, started, owner, traceparent, atMs, idempotency } = acceptance;
  const known = idempotency && disk.answers.get(answerKey(idempotency));
  if (known && known.expiresAtMs > atMs) {
    if (known.fingerprint !== idempotency.fingerprint) return { kind: 'mismatch' };
    return { kind: 'replayed', sagaId: known.sagaId, answer: known.answer };
  }
  if (disk.sagas.has(sagaId)) throw new Error(`saga ${sagaId} exists already`);
  const { definition, version, input } = started;
  const record: SagaRecord = {
    id: sagaId,
    definition,
    version,
    input: copied(input),
    status: 'running',
    owner,
    epoch: 1,
    seq: 0,
    traceparent,
    createdAtMs: atMs,
    updatedAtMs: atMs,
  };
  const empty: StoredSaga = { record, head: { seq: 0, hash: NO_HASH }, rows: [] };
  const events = [{ event: started, trace: acceptance.trace, atMs }];
  const saga = extended(empty, { sagaId, expectedSeq: 0, epoch: 1, status: 'running', events });
  if (idempotency) disk.answers.set(answerKey(idempotency), { ...idempotency, sagaId });
  disk.sagas.set(sagaId, saga);
  return { kind: 'accepted', hash: saga.head.hash };
}

/** @throws RangeError when there are no events */
export function append(disk: SagaDisk, addition: Append): AppendResult {
  const { sagaId, expectedSeq, epoch, events } = addition;
  if (events.length === 0) throw new RangeError(`saga ${sagaId}: an append needs at least one event`);
  const saga = disk.sagas.get(sagaId);
  if (saga?.record.seq !== expectedSeq || saga.record.epoch !== epoch || isTerminal(saga.record.status))
    return { kind: 'conflict' };
  const grown = extended(saga, addition);
  disk.sagas.set(sagaId, grown);
  return { kind: 'appended', hashes: grown.rows.slice(-events.length).map(({ hash }) => hash) };
}

function extended(saga: StoredSaga, { sagaId, epoch, status, events }: Append): StoredSaga {
  const rows = [...saga.rows];
  let { seq, hash } = saga.head;
  let { updatedAtMs } = saga.record;
  for (const { event, trace, atMs } of events) {
    seq += 1;
    updatedAtMs = atMs;
    const row = { seq, epoch, atMs, ...trace, data: JSON.stringify(event) };
    hash = rowHash(sagaId, hash, row);
    rows.push({ ...row, hash });
  }
  return { record: { ...saga.record, status, seq, updatedAtMs }, head: { seq, hash }, rows };
}

export function get(disk: SagaDisk, sagaId: string): SagaRecord | undefined {
  const record = found(disk, sagaId)?.record;
  return record && copied(record);
}

export function eventsAfter(disk: SagaDisk, sagaId: string, afterSeq: number): LoggedEvent[] {
  const rows = found(disk, sagaId)?.rows ?? [];
  return rows.slice(afterSeq).map(({ seq, data, traceId, spanId, epoch, atMs, hash }) => {
    const event = storedEvent(sagaId, { seq, data });
    const prevHash = rows[seq - 2]?.hash ?? NO_HASH;
    return { seq, event, epoch, atMs, trace: { traceId, spanId }, hash, prevHash };
  });
}

export function list(disk: SagaDisk, { statuses, limit, beforeId }: SagaQuery): SagaRecord[] {
  return recordsById(disk)
    .reverse()
    .filter(
      ({ id, status }) => (beforeId === undefined || id < beforeId) && (statuses?.includes(status) ?? true),
    )
    .slice(0, limit)
    .map(copied);
}

export function counts(disk: SagaDisk): SagaCounts {
  const counted: Record<SagaStatus, number> = {
    running: 0,
    compensating: 0,
    completed: 0,
    compensated: 0,
    halted: 0,
  };
  for (const sagas of [disk.sagas, disk.archived])
    for (const { record } of sagas.values()) counted[record.status] += 1;
  return counted;
}

export function findUndriven(
  disk: SagaDisk,
  { owner, exceptOwn = false, nowMs, limit, afterId = '' }: UndrivenQuery,
  process: ProcessIdentity,
): UndrivenSaga[] {
  return recordsById(disk)
    .filter((record) => record.id > afterId && isUnderWay(record.status))
    .filter((record) => !(exceptOwn && record.owner === owner))
    .flatMap((record) => {
      const lapse = lapseOf(record.owner, disk.leases.get(record.owner), { owner, nowMs, process });
      return lapse ? [{ record: copied(record), lapse }] : [];
    })
    .slice(0, limit);
}

export function claim(disk: SagaDisk, wanted: Claim): SagaRecord | undefined {
  const { sagaId, owner, expectedEpoch } = wanted;
  const saga = disk.sagas.get(sagaId);
  if (saga?.record.seq !== (wanted.expectedSeq ?? saga?.record.seq)) return undefined;
  if (saga?.record.epoch !== expectedEpoch || isTerminal(saga.record.status)) return undefined;
  const record = { ...saga.record, owner, epoch: expectedEpoch + 1 };
  disk.sagas.set(sagaId, { ...saga, record });
  return copied(record);
}

export function renewLease(disk: SagaDisk, lease: Omit<OwnerLease, 'state'>, nowMs: number): void {
  if (!disk.leases.has(lease.owner)) forgetLeases(disk, nowMs);
  disk.leases.set(lease.owner, { ...lease, state: 'held' });
}

/** A lease is kept while its owner lives, or while there is a saga that it handed over in good order. */
function forgetLeases(disk: SagaDisk, nowMs: number): void {
  const live = [...disk.sagas.values()].filter(({ record }) => isUnderWay(record.status));
  const owners = new Set(live.map(({ record }) => record.owner));
  for (const { owner, state, expiresAtMs } of disk.leases.values())
    if (state === 'held' ? expiresAtMs <= nowMs : !owners.has(owner)) disk.leases.delete(owner);
}

export function releaseLease(disk: SagaDisk, owner: string): void {
  const lease = disk.leases.get(owner);
  if (lease) disk.leases.set(owner, { ...lease, state: 'released' });
}

export const findArchivable = (disk: SagaDisk, query: ArchivableQuery): Archivable =>
  archivableAmong(
    recordsById(disk)
      .filter(({ id }) => id > (query.afterId ?? ''))
      .slice(0, query.limit),
    query,
  );

export function archive(disk: SagaDisk, ids: readonly string[]): number {
  let moved = 0;
  for (const id of ids) {
    const saga = disk.sagas.get(id);
    if (saga === undefined || !isTerminal(saga.record.status)) continue;
    disk.archived.set(id, saga);
    disk.sagas.delete(id);
    moved += 1;
  }
  return moved;
}

export function findAnswer(
  disk: SagaDisk,
  query: { readonly scope: string; readonly key: string; readonly nowMs: number },
): { readonly fingerprint: string; readonly answer: string; readonly sagaId: string } | undefined {
  const known = disk.answers.get(answerKey(query));
  if (known === undefined || known.expiresAtMs <= query.nowMs) return undefined;
  const { fingerprint, answer, sagaId } = known;
  return { fingerprint, answer, sagaId };
}

export function sweepExpired(
  disk: SagaDisk,
  query: { readonly nowMs: number; readonly limit: number },
): number {
  const expired = [...disk.answers]
    .filter(([, { expiresAtMs }]) => expiresAtMs <= query.nowMs)
    .sort(([, a], [, b]) => a.expiresAtMs - b.expiresAtMs)
    .slice(0, query.limit);
  for (const [key] of expired) disk.answers.delete(key);
  return expired.length;
}

export const pausesOf = (disk: SagaDisk): Pause[] =>
  disk.pauses.filter(({ end }) => end === undefined).map(copied);

export function pause(disk: SagaDisk, wanted: Pause): boolean {
  if (pausesOf(disk).some(({ participant }) => participant === wanted.participant)) return false;
  disk.pauses.push(copied(wanted));
  return true;
}

export function endPause(disk: SagaDisk, end: PauseEnd): boolean {
  const index = disk.pauses.findIndex(
    (held) => held.end === undefined && held.participant === end.participant,
  );
  const held = disk.pauses[index];
  if (held === undefined) return false;
  disk.pauses[index] = { ...held, end: copied(end) };
  return true;
}

const answerKey = ({ scope, key }: { readonly scope: string; readonly key: string }): string =>
  JSON.stringify([scope, key]);

const recordsById = (disk: SagaDisk): SagaRecord[] =>
  [...disk.sagas.values()].map(({ record }) => record).sort((a, b) => (a.id < b.id ? -1 : 1));

/** Through JSON, as the other logs store it. */
const copied = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));
