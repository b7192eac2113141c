import type { SagaStatus } from '../../saga/state.ts';
import { NO_HASH, rowHash } from '../hash-chain.ts';
import type { OwnerLease } from '../owner-lease.ts';
import type { AcceptResult, Claim, IdempotencyClaim } from '../saga-log.ts';
import type { Database } from './program.ts';
import { type AnswerRow, type SagaRow, sagaColumns } from './saga-log-reads.ts';

/** A new event, already JSON. */
export type NewEventRow = {
  readonly data: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly atMs: number;
};

export type NewSagaRow = NewEventRow & {
  readonly sagaId: string;
  readonly definition: string;
  readonly version: number;
  readonly owner: string;
  readonly traceparent: string;
  readonly idempotency: IdempotencyClaim | undefined;
};

export type AppendRows = {
  readonly sagaId: string;
  readonly expectedSeq: number;
  readonly epoch: number;
  readonly status: SagaStatus;
  readonly rows: readonly NewEventRow[];
};

export type SagaLogWrites = {
  accept(saga: NewSagaRow): AcceptResult;
  /** The hashes of the new rows; undefined is a conflict. */
  append(append: AppendRows): readonly string[] | undefined;
  claim(claim: Claim): SagaRow | undefined;
  renewLease(lease: Omit<OwnerLease, 'state'> & { readonly nowMs: number }): void;
  releaseLease(owner: string): void;
  sweepExpired(query: { readonly nowMs: number; readonly limit: number }): number;
};

// For a list of three, SQLite would build a temporary table each time the statement runs.
const unfinished = "status <> 'completed' AND status <> 'compensated'";

export function sagaLogWrites(database: Database): SagaLogWrites {
  return { ...acceptance(database), ...appending(database), ...ownership(database), ...expiry(database) };
}

function acceptance(database: Database): Pick<SagaLogWrites, 'accept'> {
  // One statement for "remove the expired row, then insert unless the key is taken".
  const takeKey = database.prepare<[string, string, string, string, string, number, number]>(
    `INSERT INTO idempotency (scope, key, fingerprint, answer, saga_id, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, answer = excluded.answer,
       saga_id = excluded.saga_id, expires_at_ms = excluded.expires_at_ms
     WHERE idempotency.expires_at_ms <= ?`,
  );
  const taken = database.prepare<[string, string], AnswerRow>(
    'SELECT fingerprint, answer, saga_id AS sagaId FROM idempotency WHERE scope = ? AND key = ?',
  );
  const insertSaga = database.prepare<[string, string, number, string, string, string, number, number]>(
    `INSERT INTO saga (id, definition, version, status, owner, epoch, seq, head_hash, traceparent,
       created_at_ms, updated_at_ms)
     VALUES (?, ?, ?, 'running', ?, 1, 1, ?, ?, ?, ?)`,
  );
  const insertEvent = eventInsert(database);

  function replay({ scope, key, fingerprint }: IdempotencyClaim): AcceptResult {
    const row = taken.get(scope, key);
    if (row?.fingerprint !== fingerprint) return { kind: 'mismatch' };
    return { kind: 'replayed', sagaId: row.sagaId, answer: row.answer };
  }

  return {
    accept(saga) {
      const { sagaId, definition, version, owner, traceparent, atMs, idempotency } = saga;
      if (idempotency !== undefined) {
        const { scope, key, fingerprint, answer, expiresAtMs } = idempotency;
        const { changes } = takeKey.run(scope, key, fingerprint, answer, sagaId, expiresAtMs, atMs);
        if (changes === 0) return replay(idempotency);
      }
      const { data, traceId, spanId } = saga;
      const hash = rowHash(sagaId, NO_HASH, { seq: 1, epoch: 1, atMs, traceId, spanId, data });
      insertSaga.run(sagaId, definition, version, owner, hash, traceparent, atMs, atMs);
      insertEvent.run(sagaId, 1, data, traceId, spanId, 1, atMs, hash);
      return { kind: 'accepted', hash };
    },
  };
}

function appending(database: Database): Pick<SagaLogWrites, 'append'> {
  const head = database.prepare<[string, number, number], { hash: string; status: SagaStatus }>(
    `SELECT head_hash AS hash, status FROM saga WHERE id = ? AND seq = ? AND epoch = ? AND ${unfinished}`,
  );
  const advance = database.prepare<[number, string, number, string, number, number]>(
    'UPDATE saga SET seq = ?, head_hash = ?, updated_at_ms = ? WHERE id = ? AND seq = ? AND epoch = ?',
  );
  // Separate, because setting a status rewrites its index entries even when the status stays the same.
  const advanceTo = database.prepare<[SagaStatus, number, string, number, string, number, number]>(
    'UPDATE saga SET status = ?, seq = ?, head_hash = ?, updated_at_ms = ? WHERE id = ? AND seq = ? AND epoch = ?',
  );
  const insertEvent = eventInsert(database);

  return {
    append({ sagaId, expectedSeq, epoch, status, rows }) {
      const from = head.get(sagaId, expectedSeq, epoch);
      const last = rows.at(-1);
      if (last === undefined) throw new RangeError(`saga ${sagaId}: an append needs at least one event`);
      if (from === undefined) return undefined;
      let { hash } = from;
      let seq = expectedSeq;
      const hashes: string[] = [];
      for (const { data, traceId, spanId, atMs } of rows) {
        seq += 1;
        hash = rowHash(sagaId, hash, { seq, epoch, atMs, traceId, spanId, data });
        insertEvent.run(sagaId, seq, data, traceId, spanId, epoch, atMs, hash);
        hashes.push(hash);
      }
      const { changes } =
        status === from.status
          ? advance.run(seq, hash, last.atMs, sagaId, expectedSeq, epoch)
          : advanceTo.run(status, seq, hash, last.atMs, sagaId, expectedSeq, epoch);
      // Only a trigger or another statement of this transaction could have moved it: a bug, so undo the rows.
      if (changes !== 1)
        throw new Error(`saga ${sagaId}: seq ${expectedSeq} moved inside its own transaction`);
      return hashes;
    },
  };
}

function eventInsert(database: Database) {
  return database.prepare<[string, number, string, string, string, number, number, string]>(
    `INSERT INTO saga_log (saga_id, seq, data, trace_id, span_id, epoch, at_ms, hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
}

function ownership(database: Database): Pick<SagaLogWrites, 'claim' | 'renewLease' | 'releaseLease'> {
  const claim = database.prepare<[string, string, number, number | null], SagaRow>(
    `UPDATE saga SET owner = ?, epoch = epoch + 1
     WHERE id = ? AND epoch = ? AND seq = coalesce(?, seq) AND ${unfinished}
     RETURNING ${sagaColumns}`,
  );
  const renew = database.prepare<[number, string, number, string]>(
    "UPDATE lease SET pid = ?, host = ?, expires_at_ms = ?, state = 'held' WHERE owner = ?",
  );
  const register = database.prepare<[string, number, string, number]>(
    "INSERT INTO lease (owner, pid, host, expires_at_ms, state) VALUES (?, ?, ?, ?, 'held')",
  );
  // An owner without a row counts as dead, so a row is needed only while its owner lives, or while a saga is left
  // that it handed over in good order.
  const forget = database.prepare<[number]>(
    `DELETE FROM lease WHERE CASE state WHEN 'held' THEN expires_at_ms <= ? ELSE owner NOT IN
       (SELECT owner FROM saga INDEXED BY saga_live WHERE status IN ('running', 'compensating')) END`,
  );
  const release = database.prepare<[string]>("UPDATE lease SET state = 'released' WHERE owner = ?");
  return {
    claim: ({ sagaId, owner, expectedEpoch, expectedSeq = null }) =>
      claim.get(owner, sagaId, expectedEpoch, expectedSeq),
    renewLease({ owner, pid, host, expiresAtMs, nowMs }) {
      if (renew.run(pid, host, expiresAtMs, owner).changes === 1) return;
      forget.run(nowMs);
      register.run(owner, pid, host, expiresAtMs);
    },
    releaseLease: (owner) => void release.run(owner),
  };
}

function expiry(database: Database): Pick<SagaLogWrites, 'sweepExpired'> {
  const sweep = database.prepare<[number, number]>(
    `DELETE FROM idempotency WHERE rowid IN
       (SELECT rowid FROM idempotency WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?)`,
  );
  return { sweepExpired: ({ nowMs, limit }) => sweep.run(nowMs, limit).changes };
}
