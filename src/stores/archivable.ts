import { isTerminal } from '../saga/state.ts';
import type { Archivable, ArchivableQuery, SagaRecord } from './saga-log.ts';

/** What a search for archivable sagas looks at. */
export type ArchivableCandidate = Pick<SagaRecord, 'id' | 'status' | 'createdAtMs' | 'updatedAtMs'>;

/**
 * Picks out of one page of a log what may be archived.
 *
 * @param page the first `limit` sagas after `afterId`, in the order of ids
 */
export function archivableAmong(
  page: readonly ArchivableCandidate[],
  { finishedBeforeMs, limit }: ArchivableQuery,
): Archivable {
  const firstYoung = page.findIndex(({ createdAtMs }) => createdAtMs > finishedBeforeMs);
  const old = firstYoung === -1 ? page : page.slice(0, firstYoung);
  const ids = old
    .filter(({ status, updatedAtMs }) => isTerminal(status) && updatedAtMs <= finishedBeforeMs)
    .map(({ id }) => id);
  const last = page.at(-1);
  return firstYoung === -1 && page.length === limit && last !== undefined
    ? { ids, nextId: last.id }
    : { ids };
}
