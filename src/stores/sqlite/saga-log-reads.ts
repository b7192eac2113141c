import type { SagaStatus } from '../../saga/state.ts';
import type { OwnerLease } from '../owner-lease.ts';
import type { UndrivenSaga } from '../saga-log.ts';
import { afterEveryId } from './after-every-id.ts';
import type { Database } from './program.ts';

/** A saga as stored. */
export type SagaRow = {
  readonly id: string;
  readonly definition: string;
  readonly version: number;
  readonly status: SagaStatus;
  readonly owner: string;
  readonly epoch: number;
  readonly seq: number;
  readonly traceparent: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** JSON of its first event; null when the log has lost it. */
  readonly started: string | null;
};

export type UndrivenRow = SagaRow & Pick<UndrivenSaga, 'lapse'>;

export type EventRow = {
  readonly seq: number;
  readonly data: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly epoch: number;
  readonly atMs: number;
  readonly hash: string;
};

export type AnswerRow = { readonly fingerprint: string; readonly answer: string; readonly sagaId: string };

export type SagaLogReads = {
  get(sagaId: string): SagaRow | undefined;
  /** Starts one row earlier, for that row's hash. */
  events(query: { readonly sagaId: string; readonly afterSeq: number }): EventRow[];
  list(query: {
    /** Undefined: every status. */
    readonly statuses: readonly SagaStatus[] | undefined;
    readonly limit: number;
    readonly beforeId: string | undefined;
  }): SagaRow[];
  counts(): { readonly status: SagaStatus; readonly sagas: number }[];
  leases(): OwnerLease[];
  findUndriven(query: {
    readonly owner: string;
    readonly exceptOwn: boolean;
    readonly nowMs: number;
    /** Owners whose process is known to be gone, whatever their lease says. */
    readonly gone: readonly string[];
    readonly limit: number;
    readonly afterId: string;
  }): UndrivenRow[];
  findAnswer(query: {
    readonly scope: string;
    readonly key: string;
    readonly nowMs: number;
  }): AnswerRow | undefined;
  identity(): string;
};

/** Columns of a {@link SagaRow}. */
export const sagaColumns = `saga.id, definition, version, status, saga.owner, epoch, seq, traceparent,
  created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs,
  (SELECT data FROM saga_log WHERE saga_id = saga.id AND seq = 1) AS started`;

/**
 * The index for each status, and the condition that selects its rows. INDEXED BY turns a plan that would scan the
 * history into an error when the statement is prepared, rather than a slowdown a year later.
 */
const indexed: Readonly<Record<SagaStatus, string>> = {
  running: "INDEXED BY saga_live WHERE status IN ('running', 'compensating') AND status = 'running'",
  compensating:
    "INDEXED BY saga_live WHERE status IN ('running', 'compensating') AND status = 'compensating'",
  completed: "INDEXED BY saga_completed WHERE status = 'completed'",
  compensated: "INDEXED BY saga_compensated WHERE status = 'compensated'",
  halted: "INDEXED BY saga_halted WHERE status = 'halted'",
};

/** The queries whose plans must not depend on history. */
export const sagaLogQueries = {
  get: `SELECT ${sagaColumns} FROM saga WHERE id = ?`,
  listAll: `SELECT ${sagaColumns} FROM saga WHERE id < ? ORDER BY id DESC LIMIT ?`,
  list: (status: SagaStatus): string =>
    `SELECT ${sagaColumns} FROM saga ${indexed[status]} AND id < ? ORDER BY id DESC LIMIT ?`,
  events: `SELECT seq, data, trace_id AS traceId, span_id AS spanId, epoch, at_ms AS atMs, hash
    FROM saga_log WHERE saga_id = ? AND seq >= ? ORDER BY seq`,
  counts: `SELECT status, count(*) AS sagas FROM saga INDEXED BY saga_live
      WHERE status IN ('running', 'compensating') GROUP BY status
    UNION ALL SELECT 'halted', count(*) FROM saga ${indexed.halted}
    UNION ALL SELECT status, sagas FROM finished_count`,
  undriven: `SELECT ${sagaColumns},
      CASE WHEN saga.owner = :owner THEN 'own' WHEN lease.state = 'released' THEN 'released' ELSE 'dead' END AS lapse
    FROM saga INDEXED BY saga_live LEFT JOIN lease ON lease.owner = saga.owner
    WHERE status IN ('running', 'compensating') AND saga.id > :afterId
      AND NOT (:exceptOwn AND saga.owner = :owner) AND (
      saga.owner = :owner OR lease.owner IS NULL OR lease.state = 'released' OR lease.expires_at_ms <= :nowMs
      OR lease.owner IN (SELECT value FROM json_each(:gone)))
    ORDER BY saga.id LIMIT :limit`,
  answer: `SELECT fingerprint, answer, saga_id AS sagaId FROM idempotency
    WHERE scope = ? AND key = ? AND expires_at_ms > ?`,
} as const;

export function sagaLogReads(database: Database): SagaLogReads {
  const get = database.prepare<[string], SagaRow>(sagaLogQueries.get);
  const listAll = database.prepare<[string, number], SagaRow>(sagaLogQueries.listAll);
  const listOf = (status: SagaStatus) =>
    database.prepare<[string, number], SagaRow>(sagaLogQueries.list(status));
  const listByStatus = {
    running: listOf('running'),
    compensating: listOf('compensating'),
    completed: listOf('completed'),
    compensated: listOf('compensated'),
    halted: listOf('halted'),
  };
  const events = database.prepare<[string, number], EventRow>(sagaLogQueries.events);
  const counts = database.prepare<[], { status: SagaStatus; sagas: number }>(sagaLogQueries.counts);
  const leases = database.prepare<[], OwnerLease>(
    'SELECT owner, pid, host, expires_at_ms AS expiresAtMs, state FROM lease',
  );
  const undriven = database.prepare<[object], UndrivenRow>(sagaLogQueries.undriven);
  const answer = database.prepare<[string, string, number], AnswerRow>(sagaLogQueries.answer);
  const identity = database.prepare<[], string>('SELECT identity FROM log_identity').pluck();

  return {
    get: (sagaId) => get.get(sagaId),
    events: ({ sagaId, afterSeq }) => events.all(sagaId, afterSeq),
    list({ statuses, limit, beforeId = afterEveryId }) {
      if (statuses === undefined) return listAll.all(beforeId, limit);
      const pages = [...new Set(statuses)].map((status) => listByStatus[status].all(beforeId, limit));
      return pages.flat().sort(byIdDescending).slice(0, limit);
    },
    counts: () => counts.all(),
    leases: () => leases.all(),
    findUndriven: ({ gone, exceptOwn, ...query }) =>
      undriven.all({ ...query, exceptOwn: Number(exceptOwn), gone: JSON.stringify(gone) }),
    findAnswer: ({ scope, key, nowMs }) => answer.get(scope, key, nowMs),
    identity: () => identity.get() ?? '',
  };
}

const byIdDescending = (a: SagaRow, b: SagaRow): number => (a.id < b.id ? 1 : -1);
