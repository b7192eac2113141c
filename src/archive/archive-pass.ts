import type { SagaLog } from '../stores/saga-log.ts';

export type ArchivePassOptions = {
  readonly log: Pick<SagaLog, 'findArchivable' | 'archive'>;
  readonly finishedBeforeMs: number;
  /** Ends the pass after the batch that is under way. */
  readonly signal?: AbortSignal;
  /** Awaited after every batch, with how many sagas it moved. */
  readonly betweenBatches?: (moved: number) => Promise<void> | void;
};

/** Small, because a batch is one write that shares its commit with the orders of that moment. */
const batch = 50;

/**
 * Moves every saga that is old enough from the log into the archive.
 *
 * @returns how many were moved
 */
export async function archivePass(options: ArchivePassOptions): Promise<number> {
  const { log, finishedBeforeMs, signal, betweenBatches } = options;
  let moved = 0;
  let afterId: string | undefined = '';
  while (afterId !== undefined && !signal?.aborted) {
    const { ids, nextId } = await log.findArchivable({ finishedBeforeMs, limit: batch, afterId });
    const left = ids.length === 0 ? 0 : await log.archive(ids);
    moved += left;
    afterId = nextId;
    await betweenBatches?.(left);
  }
  return moved;
}

/** How many sagas a pass would move now. Changes nothing. */
export async function countArchivable(
  log: Pick<SagaLog, 'findArchivable'>,
  finishedBeforeMs: number,
): Promise<number> {
  let count = 0;
  let afterId: string | undefined = '';
  while (afterId !== undefined) {
    const { ids, nextId } = await log.findArchivable({ finishedBeforeMs, limit: 1_000, afterId });
    count += ids.length;
    afterId = nextId;
  }
  return count;
}
