import type { Database, Program } from './program.ts';
import { sagaArchiveMigrations } from './saga-archive-schema.ts';
import { type EventRow, type SagaRow, sagaLogQueries } from './saga-log-reads.ts';
import { type WholeSaga, wholeSagas } from './whole-sagas.ts';

/** The archive's SQL, run where its database is open. */
export type SagaArchiveOperations = {
  /**
   * Keeps sagas as they are. A saga that is here already, because an earlier move was interrupted, stays as it is.
   *
   * @throws Error when the archive is another log's, or holds another saga under that id
   */
  keep(move: { readonly logIdentity: string; readonly sagas: readonly WholeSaga[] }): void;
  get(sagaId: string): SagaRow | undefined;
  events(query: { readonly sagaId: string; readonly afterSeq: number }): EventRow[];
  /** Identity of the log that it belongs to; undefined before the first saga. */
  logIdentity(): string | undefined;
};

export const program: Program<SagaArchiveOperations> = {
  migrations: sagaArchiveMigrations,
  create: (database) => ({ ...keeping(database), ...reading(database) }),
};

function keeping(database: Database): Pick<SagaArchiveOperations, 'keep' | 'logIdentity'> {
  const adopt = database.prepare<[string]>(
    'INSERT INTO archive_of (one, log_identity) VALUES (1, ?) ON CONFLICT DO NOTHING',
  );
  const adopted = database.prepare<[], string>('SELECT log_identity FROM archive_of').pluck();
  const insertSaga = database.prepare<[WholeSaga]>(
    `INSERT INTO saga (id, definition, version, status, owner, epoch, seq, head_hash, traceparent,
       created_at_ms, updated_at_ms)
     VALUES (@id, @definition, @version, @status, @owner, @epoch, @seq, @headHash, @traceparent,
       @createdAtMs, @updatedAtMs)
     ON CONFLICT DO NOTHING`,
  );
  const insertEvent = database.prepare<[EventRow & { readonly sagaId: string }]>(
    `INSERT INTO saga_log (saga_id, seq, data, trace_id, span_id, epoch, at_ms, hash)
     VALUES (@sagaId, @seq, @data, @traceId, @spanId, @epoch, @atMs, @hash)`,
  );
  const kept = wholeSagas(database);

  return {
    logIdentity: () => adopted.get(),
    keep({ logIdentity, sagas }) {
      adopt.run(logIdentity);
      if (adopted.get() !== logIdentity) throw new Error('the archive belongs to another saga log');
      for (const saga of sagas) {
        if (insertSaga.run(saga).changes === 1)
          for (const row of saga.rows) insertEvent.run({ ...row, sagaId: saga.id });
        // The caller deletes the other copy, so this one must be identical.
        else if (JSON.stringify(kept(saga.id)) !== JSON.stringify(saga))
          throw new Error(`saga ${saga.id} is in the archive already, but not as it is in the log`);
      }
    },
  };
}

function reading(database: Database): Pick<SagaArchiveOperations, 'get' | 'events'> {
  const get = database.prepare<[string], SagaRow>(sagaLogQueries.get);
  const events = database.prepare<[string, number], EventRow>(sagaLogQueries.events);
  return {
    get: (sagaId) => get.get(sagaId),
    events: ({ sagaId, afterSeq }) => events.all(sagaId, afterSeq),
  };
}
