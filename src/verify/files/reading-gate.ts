import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WAL_LIMIT_BYTES } from '../../stores/sqlite/open-file.ts';

/**
 * Every reader passes through it. SQLite cannot restart a WAL while anyone reads from it, so readers that overlap
 * without a pause let it grow without end. When a WAL has grown too long, the gate admits no reader until all have left
 * and the writer has restarted the WAL, or has had time to.
 */
export type ReadingGate = {
  /** Resolves when reading may begin. */
  enter(): Promise<void>;
  /** Reading has ended, and nothing is kept open in a transaction. */
  leave(): void;
};

export type ReadingGateOptions = {
  /** The databases that are read. */
  readonly files: readonly string[];
  /** A WAL above this size is too long. Default: the size that the stores truncate theirs to. */
  readonly walLimitBytes?: number;
  /** How long to wait for a writer, because only a write restarts a WAL. Default 1 000. */
  readonly patienceMs?: number;
};

const pollMs = 5;

export function createReadingGate(options: ReadingGateOptions): ReadingGate {
  const { files, walLimitBytes = WAL_LIMIT_BYTES, patienceMs = 1_000 } = options;
  /** Sizes at which a writer had its chance and did not take it. */
  const conceded = new Map<string, number>();
  let inside = 0;
  let closed: Promise<void> | undefined;
  let onEmpty: (() => void) | undefined;

  const tooLong = (): readonly string[] =>
    files
      .map((file) => `${file}-wal`)
      .filter((wal) => sizeOf(wal) > walLimitBytes + (conceded.get(wal) ?? 0));

  async function giveWay(wals: readonly string[]): Promise<void> {
    if (inside > 0)
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
    const before = wals.map(beginningOf);
    const unmoved = (): readonly string[] => wals.filter((wal, index) => beginningOf(wal) === before[index]);
    for (let leftMs = patienceMs; leftMs > 0 && unmoved().length > 0; leftMs -= pollMs) await sleep(pollMs);
    for (const wal of wals) conceded.delete(wal);
    for (const wal of unmoved()) conceded.set(wal, sizeOf(wal));
  }

  return {
    async enter() {
      while (closed !== undefined) await closed;
      const wals = tooLong();
      if (wals.length > 0) {
        closed = giveWay(wals).finally(() => {
          closed = undefined;
        });
        await closed;
      }
      inside += 1;
    },
    leave() {
      inside -= 1;
      if (inside === 0) onEmpty?.();
    },
  };
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Its header, whose salt changes each time the WAL is restarted, https://sqlite.org/fileformat2.html#walformat */
function beginningOf(wal: string): string {
  const header = Buffer.alloc(32);
  try {
    const handle = openSync(wal, 'r');
    try {
      readSync(handle, header, 0, header.length, 0);
    } finally {
      closeSync(handle);
    }
  } catch {
    // There is no WAL: its writer has closed the database.
  }
  return header.toString('hex');
}
