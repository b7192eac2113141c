import { existsSync } from 'node:fs';
import { moduleBeside } from '../module-beside.ts';
import { type DatabaseClient, type DatabaseOptions, openDatabase } from './database.ts';
import { DatabaseError } from './database-error.ts';
import type { SagaArchiveOperations } from './saga-archive-program.ts';

export type SagaArchiveClient = DatabaseClient<SagaArchiveOperations>;

/** The archive beside one saga log. It is opened when first needed, and created when a saga is first moved. */
export type SagaArchive = {
  /**
   * Undefined while nothing has been archived.
   *
   * @throws DatabaseError when it is missing although it holds sagas, damaged, newer, or another log's
   */
  find(): Promise<SagaArchiveClient | undefined>;
  /** For a move: creates it if nothing was ever archived. Throws as `find` does. */
  open(): Promise<SagaArchiveClient>;
  close(): Promise<void>;
};

export type SagaArchiveOptions = {
  /** How the log is opened; the archive is opened likewise, except that `onCommit` hears of the log's commits only. */
  readonly log: Omit<DatabaseOptions, 'program'>;
  readonly logIdentity: string;
  /** Sagas that have left the log. */
  archivedCount(): Promise<number>;
};

/** Path of the archive of a saga log, beside it: `saga-archive.db` for `saga.db`. */
export const archiveFileOf = (logFile: string): string => logFile.replace(/(\.db)?$/, '-archive.db');

export function createSagaArchive({ log, logIdentity, archivedCount }: SagaArchiveOptions): SagaArchive {
  const file = archiveFileOf(log.file);
  let opening: Promise<SagaArchiveClient> | undefined;

  async function assertNotLost(): Promise<void> {
    const sagas = await archivedCount();
    if (sagas === 0) return;
    throw new DatabaseError(
      'unusable',
      `${file}: no such file, but ${sagas} sagas were moved into it; put it back from a backup`,
    );
  }

  async function openFile(): Promise<SagaArchiveClient> {
    if (!existsSync(file)) await assertNotLost();
    const { onCommit: _, ...options } = log;
    const program = moduleBeside('saga-archive-program', import.meta.url);
    const client = await openDatabase<SagaArchiveOperations>({ ...options, file, program });
    const owner = await client.read('logIdentity');
    if (owner === undefined || owner === logIdentity) return client;
    await client.close();
    throw new DatabaseError(
      'unusable',
      `${file}: it belongs to another saga log than ${log.file}; put the right one back`,
    );
  }

  function open(): Promise<SagaArchiveClient> {
    opening ??= openFile().catch((error: unknown) => {
      // Someone may repair the file while this process runs.
      opening = undefined;
      throw error;
    });
    return opening;
  }

  async function close(): Promise<void> {
    const client = await opening?.catch(() => undefined);
    opening = undefined;
    await client?.close();
  }

  return {
    async open() {
      // If someone deleted the open file, what is written to it is lost when this process ends, but the log would drop
      // it now.
      if (opening !== undefined && !existsSync(file)) await close();
      return open();
    },
    async find() {
      if (opening !== undefined || existsSync(file)) return open();
      await assertNotLost();
      return undefined;
    },
    close,
  };
}
