import type { Database } from './program.ts';
import { type EventRow, type SagaRow, sagaLogQueries } from './saga-log-reads.ts';

/** A saga as it is stored, with its whole log: what moves from the log into the archive. */
export type WholeSaga = Omit<SagaRow, 'started'> & {
  readonly headHash: string;
  readonly rows: readonly EventRow[];
};

/** Reads finished sagas out of the log or out of the archive, which have the same columns. Undefined for any other. */
export function wholeSagas(database: Database): (sagaId: string) => WholeSaga | undefined {
  const select = database.prepare<[string], Omit<WholeSaga, 'rows'>>(
    `SELECT id, definition, version, status, owner, epoch, seq, head_hash AS headHash, traceparent,
       created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs
     FROM saga WHERE id = ? AND status IN ('completed', 'compensated')`,
  );
  const events = database.prepare<[string, number], EventRow>(sagaLogQueries.events);
  return (sagaId) => {
    const saga = select.get(sagaId);
    return saga && { ...saga, rows: events.all(sagaId, 0) };
  };
}
