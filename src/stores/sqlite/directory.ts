import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from './serialized-error.ts';

/**
 * Creates a directory (0700) that is missing, with its parents. Node's own recursive mkdir never comes back from where the
 * kernel denies that the parent is there, as below /proc.
 */
export function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectory(dirname(directory));
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    // The services of one process make it at the same time.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/**
 * Makes the names in a directory durable: without this a power cut may keep the rows of a file and lose its name. Windows
 * has no such call and needs none.
 */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
