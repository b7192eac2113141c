import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WAL_LIMIT_BYTES } from '../../stores/sqlite/open-file.ts';

/**
 * Whoever reads passes through it. A WAL cannot begin anew while anybody reads from it, so readers that follow one another
 * without a pause let it grow for as long as they go on. When one has grown too long, the gate lets nobody in until all
 * are out and its writer has begun it anew, or has had time to.
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
  /** A longer WAL is too long. Default: what the stores cut theirs back to. */
  readonly walLimitBytes?: number;
  /** How long a writer is waited for; where nobody writes, nothing begins anew. Default 1 000. */
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

/** Its header, whose salt is another one each time a WAL begins anew, https://sqlite.org/fileformat2.html#walformat */
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
    // Gone, with the process that wrote it.
  }
  return header.toString('hex');
}
