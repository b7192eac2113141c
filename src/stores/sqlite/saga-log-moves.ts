import { type ArchivableCandidate, archivableAmong } from '../archivable.ts';
import type { Archivable, ArchivableQuery } from '../saga-log.ts';
import type { Database } from './program.ts';
import { type WholeSaga, wholeSagas } from './whole-sagas.ts';

/** The log's side of moving sagas into the archive. */
export type SagaLogMoves = {
  findArchivable(query: ArchivableQuery): Archivable;
  /** Those of the sagas that are finished and here. */
  finishedSagas(ids: readonly string[]): WholeSaga[];
  /**
   * Deletes sagas that the archive holds durably, as they were copied.
   *
   * @returns how many were still here
   * @throws Error when the log does not count them as archived; they stay
   */
  dropArchived(sagas: readonly Pick<WholeSaga, 'id' | 'headHash'>[]): number;
  /** Sagas that only the archive holds. */
  archivedCount(): number;
};

export function sagaLogMoves(database: Database): SagaLogMoves {
  const page = database.prepare<[string, number], ArchivableCandidate>(
    `SELECT id, status, created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs FROM saga
     WHERE id > ? ORDER BY id LIMIT ?`,
  );
  const read = wholeSagas(database);
  const note = database.prepare<[string, string]>(
    `INSERT INTO archiving (saga_id) SELECT id FROM saga
     WHERE id = ? AND head_hash = ? AND status IN ('completed', 'compensated')`,
  );
  const dropEvents = database.prepare<[string]>('DELETE FROM saga_log WHERE saga_id = ?');
  const dropSaga = database.prepare<[string]>('DELETE FROM saga WHERE id = ?');
  const sum = database.prepare<[], number>('SELECT sum(sagas) FROM archived_count').pluck();
  const archivedCount = (): number => sum.get() ?? 0;

  return {
    findArchivable: (query) => archivableAmong(page.all(query.afterId ?? '', query.limit), query),
    finishedSagas: (ids) => ids.flatMap((id) => read(id) ?? []),
    dropArchived(sagas) {
      const before = archivedCount();
      let dropped = 0;
      for (const { id, headHash } of sagas) {
        // Another process may have dropped it already.
        if (note.run(id, headHash).changes === 0) continue;
        dropEvents.run(id);
        dropped += dropSaga.run(id).changes;
      }
      // Without its triggers the file would not record that there is an archive. The throw undoes the deletion.
      if (archivedCount() !== before + dropped)
        throw new Error('triggers of saga.db are missing, so nothing leaves it; put it back from a backup');
      return dropped;
    },
    archivedCount,
  };
}
