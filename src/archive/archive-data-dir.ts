import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../stores/is-alive.ts';
import { isGone, type OwnerLease } from '../stores/owner-lease.ts';
import type { SagaLog } from '../stores/saga-log.ts';
import { DatabaseError } from '../stores/sqlite/database-error.ts';
import { openReadOnly } from '../stores/sqlite/open-file.ts';
import { archiveFileOf } from '../stores/sqlite/saga-archive.ts';
import { openSagaLog } from '../stores/sqlite/saga-log.ts';
import { vacuum } from '../stores/sqlite/vacuum.ts';
import { archivePass, countArchivable } from './archive-pass.ts';

export type ArchiveOptions = {
  readonly dataDir: string;
  readonly finishedBeforeMs: number;
  readonly nowMs: number;
  /** Counts what would be moved, and moves nothing. */
  readonly dryRun: boolean;
  /** Rewrites the log afterwards, to return free space to the disk. Needs as much room again. */
  readonly vacuum: boolean;
  readonly onProgress?: (progress: { readonly checked: number; readonly total: number }) => void;
};

export type Archived = {
  /** Moved, or to be moved on a dry run. */
  readonly sagas: number;
  readonly archiveFile: string;
  /** How much smaller the log became; absent unless asked for. */
  readonly freedBytes?: number;
};

/** The message says why, and what to do. What was moved before stays moved. */
export class CannotArchive extends Error {
  override readonly name = 'CannotArchive';
}

/**
 * Moves finished sagas of a system that does not run into the archive.
 *
 * @throws CannotArchive when there is no log, it cannot be used, or a gateway runs on it
 */
export async function archiveDataDir(options: ArchiveOptions): Promise<Archived> {
  try {
    return await archiveFiles(options);
  } catch (error) {
    if (error instanceof DatabaseError) throw new CannotArchive(error.message, { cause: error });
    throw error;
  }
}

async function archiveFiles(options: ArchiveOptions): Promise<Archived> {
  const { dataDir, finishedBeforeMs, nowMs, dryRun, onProgress } = options;
  const file = join(dataDir, 'saga.db');
  const identity = { pid: process.pid, host: hostname(), isAlive };
  if (!existsSync(file))
    throw new CannotArchive(
      `${dataDir} holds no saga.db. Name the directory that "ordersaga start" was given, with --data-dir.`,
    );
  const holder = leasesIn(file).find((lease) => lease.expiresAtMs > nowMs && !isGone(lease, identity));
  if (holder !== undefined)
    throw new CannotArchive(
      `A gateway (process ${holder.pid} on ${holder.host}) runs on ${file}. Start it with --retention, which archives while it runs, or stop it first.`,
    );
  const log = await openSagaLog({ file, ...identity });
  let sagas = 0;
  try {
    const total = await countArchivable(log, finishedBeforeMs);
    const betweenBatches = (moved: number): void => {
      sagas += moved;
      onProgress?.({ checked: sagas, total });
    };
    if (dryRun) sagas = total;
    else await archivePass({ log: withReasons(log), finishedBeforeMs, betweenBatches });
  } finally {
    await log.close();
  }
  const archived = { sagas, archiveFile: archiveFileOf(file) };
  return options.vacuum && !dryRun ? { ...archived, freedBytes: vacuum(file) } : archived;
}

/** The same log, whose refusals to move a saga become messages that a person can act on. */
const withReasons = (log: SagaLog): Pick<SagaLog, 'findArchivable' | 'archive'> => ({
  findArchivable: log.findArchivable,
  archive: (ids) =>
    log.archive(ids).catch((error: unknown) => {
      throw new CannotArchive(error instanceof Error ? error.message : String(error), { cause: error });
    }),
});

function leasesIn(file: string): OwnerLease[] {
  const database = openReadOnly(file);
  try {
    return database
      .prepare<[], OwnerLease>(
        `SELECT owner, pid, host, expires_at_ms AS expiresAtMs, state FROM lease WHERE state = 'held'`,
      )
      .all();
  } finally {
    database.close();
  }
}
