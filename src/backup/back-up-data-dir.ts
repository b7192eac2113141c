import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseError } from '../stores/sqlite/database-error.ts';
import { makeDirectory, syncDirectory } from '../stores/sqlite/directory.ts';
import { openReadOnly } from '../stores/sqlite/open-file.ts';
import { codeOf, deserializeError, serializeError } from '../stores/sqlite/serialized-error.ts';
import { beginInOneMoment, beginView, type Source } from './one-moment.ts';

export type BackupOptions = {
  readonly dataDir: string;
  /** Directory that the copies go to. It must not exist yet, or be empty. */
  readonly to: string;
  readonly now: () => number;
  /** Counted in pages of all databases. */
  readonly onProgress?: (progress: { readonly checked: number; readonly total: number }) => void;
};

export type Backup = {
  /** Absolute path of the directory that holds the copies. */
  readonly directory: string;
  /** The moment whose state it is; every order that was acknowledged before is in it. */
  readonly takenAtMs: number;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
};

/** The message says why, and what to do. Neither the data nor the target was changed. */
export class CannotBackUp extends Error {
  override readonly name = 'CannotBackUp';
}

/** Everything that a data directory can hold; the services of a split system may each keep one of their own. */
const fileNames = ['saga.db', 'saga-archive.db', 'order.db', 'inventory.db', 'payment.db'] as const;

/** 4 MiB, after which progress is told and signals are heard. */
const pagesAtOnce = 1_000;

/**
 * Copies the databases of a data directory as they are at one moment, whether the system runs or not. Changes nothing in
 * them and locks nothing. The target appears when all of it is on disk, or not at all; while it is written it is called
 * `TO.partial`, which goes with the process.
 *
 * @throws CannotBackUp when there is nothing to copy, it cannot be read, or the target is taken or cannot be written
 */
export async function backUpDataDir(options: BackupOptions): Promise<Backup> {
  try {
    return await backUpFiles(options);
  } catch (error) {
    if (error instanceof DatabaseError) throw new CannotBackUp(error.message, { cause: error });
    throw error;
  }
}

async function backUpFiles({ dataDir, to, now, onProgress }: BackupOptions): Promise<Backup> {
  const directory = resolve(to);
  const names = fileNames.filter((name) => existsSync(join(dataDir, name)));
  if (names.length === 0)
    throw new CannotBackUp(
      `${dataDir} holds no databases of ordersaga. Name the directory that "ordersaga start" was given, with --data-dir.`,
    );
  assertFree(directory);
  const opened: Source[] = [];
  const open = (name: string): Source => {
    const database = openReadOnly(join(dataDir, name));
    opened.push(database);
    return database;
  };
  try {
    const sources = names.map(open);
    await beginViews(sources, open);
    const takenAtMs = now();
    const files = await inPlace(directory, (partial) => copyAll(sources, { to: partial, onProgress }));
    return { directory, takenAtMs, files };
  } finally {
    // Which ends its transaction, too.
    for (const database of opened) database.close();
  }
}

async function beginViews(sources: readonly Source[], open: (name: string) => Source): Promise<void> {
  const log = sources.find(({ name }) => basename(name) === 'saga.db');
  // A participant's own directory: each of its databases is whole by itself.
  if (log === undefined) return sources.forEach(beginView);
  const others = sources.filter((database) => database !== log);
  if (await beginInOneMoment({ log, logNow: open('saga.db'), others })) return;
  throw new CannotBackUp(
    `${log.name} was written without a pause, so there was no moment to copy. Nothing was copied; try again.`,
  );
}

function assertFree(directory: string): void {
  if (existsSync(directory) && (!statSync(directory).isDirectory() || readdirSync(directory).length > 0))
    throw new CannotBackUp(`${directory} is there already. Name a directory that is not, with --to.`);
}

/** Has a directory filled under another name and gives it its own at the end. */
async function inPlace<T>(directory: string, fill: (partial: string) => Promise<T>): Promise<T> {
  const partial = `${directory}.partial`;
  makePartial(partial);
  const discard = (): void => rmSync(partial, { recursive: true, force: true });
  // For a process that ends at a signal.
  process.once('exit', discard);
  try {
    const result = await fill(partial);
    syncDirectory(partial);
    if (existsSync(directory)) rmdirSync(directory);
    renameSync(partial, directory);
    syncDirectory(dirname(directory));
    return result;
  } finally {
    discard();
    process.off('exit', discard);
  }
}

function makePartial(partial: string): void {
  try {
    makeDirectory(dirname(partial));
    mkdirSync(partial, { mode: 0o700 });
  } catch (error) {
    const reason =
      codeOf(error) === 'EEXIST'
        ? `${partial} is there: another backup is writing it or was killed. Remove it if none is under way.`
        : `${partial} cannot be created (${codeOf(error)}). Name a directory that this user may create, with --to.`;
    throw new CannotBackUp(reason, { cause: error });
  }
}

type Target = { readonly to: string; readonly onProgress: BackupOptions['onProgress'] };

async function copyAll(sources: readonly Source[], { to, onProgress }: Target): Promise<Backup['files']> {
  const pages = sources.map((database) => Number(database.pragma('page_count', { simple: true })));
  const total = pages.reduce((sum, count) => sum + count, 0);
  const files: { name: string; bytes: number }[] = [];
  let before = 0;
  for (const [index, database] of sources.entries()) {
    const name = basename(database.name);
    const checked = before;
    await copy(database, join(to, name), (copied) => onProgress?.({ checked: checked + copied, total }));
    files.push({ name, bytes: statSync(join(to, name)).size });
    before += pages[index] ?? 0;
  }
  return files;
}

/** Copies the view that the connection has; SQLite syncs the copy before it says that it is done. */
async function copy(database: Source, file: string, onPages: (copied: number) => void): Promise<void> {
  try {
    await database.backup(file, {
      progress({ totalPages, remainingPages }) {
        onPages(totalPages - remainingPages);
        return pagesAtOnce;
      },
    });
    chmodSync(file, 0o600);
  } catch (error) {
    throw deserializeError(serializeError(error, file));
  }
}
