import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';

/** Tests that need a file system of their own; skipped, and says so, where none may be mounted. */
export function describeWithMount(name: string, define: () => void): void {
  if (canMount()) describe(name, define);
  else describe.skip(`${name} (SKIPPED: mounting a tmpfs is not permitted)`, define);
}

export const mountTmpfs = (folder: string, sizeMiB: number): void =>
  void execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', folder], { stdio: 'ignore' });

export const makeReadOnly = (folder: string): void =>
  void execFileSync('mount', ['-o', 'remount,ro', folder]);

export const unmount = (folder: string): void => void execFileSync('umount', [folder]);

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'ordersaga-mount-'));
  try {
    mountTmpfs(folder, 1);
    unmount(folder);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
