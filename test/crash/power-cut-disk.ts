import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DiskEvent } from './disk-trace.ts';

type Change = Extract<DiskEvent, { kind: 'write' | 'truncate' }>;
type File = { durable: Buffer; pending: Change[]; covered: number };

/**
 * A disk that promises what disks promise: what was written before a sync is there after it. Whatever was written since
 * may be there, or not, or half.
 */
export type PowerCutDisk = {
  apply(event: DiskEvent): void;
  /**
   * Puts the files into a directory as a power cut at this moment may leave them.
   *
   * @param survives whether a write that was not synced made it, whole (1), not (0) or in part
   */
  cut(directory: string, survives: () => number): void;
};

export function createPowerCutDisk(): PowerCutDisk {
  const files = new Map<string, File>();
  const fileOf = (path: string): File => {
    const file = files.get(path) ?? { durable: Buffer.alloc(0), pending: [], covered: 0 };
    files.set(path, file);
    return file;
  };
  return {
    apply(event) {
      if (event.kind === 'sent') return;
      const file = fileOf(event.file);
      switch (event.kind) {
        case 'write':
        case 'truncate':
          file.pending.push(event);
          break;
        case 'syncing':
          file.covered = file.pending.length;
          break;
        case 'synced':
          for (const change of file.pending.splice(0, file.covered))
            file.durable = changed(file.durable, change);
          file.covered = 0;
          break;
        default:
          event satisfies never;
      }
    },
    cut(directory, survives) {
      mkdirSync(directory, { recursive: true });
      for (const [path, { durable, pending }] of files) {
        const left = pending.reduce((data, change) => changed(data, change, survives()), durable);
        writeFileSync(join(directory, basename(path)), left);
      }
    },
  };
}

function changed(data: Buffer, change: Change, share = 1): Buffer {
  if (share <= 0) return data;
  if (change.kind === 'truncate') {
    const next = Buffer.alloc(change.size);
    data.copy(next);
    return next;
  }
  // Disks write sectors whole, so a write is torn between them.
  const length = share >= 1 ? change.data.length : 512 * Math.floor((change.data.length * share) / 512);
  const next = Buffer.alloc(Math.max(data.length, change.offset + length));
  data.copy(next);
  change.data.copy(next, change.offset, 0, length);
  return next;
}
