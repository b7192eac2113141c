import { statSync } from 'node:fs';
import { openError, openWritable } from './open-file.ts';

const busyTimeoutMs = 5_000;

/**
 * Rewrites a file without the pages that are free in it. Needs as much room again while it runs, and keeps every other
 * writer waiting.
 *
 * @returns by how many bytes it became smaller
 * @throws DatabaseError when there is no room, or the file is in use; the file is then unchanged
 */
export function vacuum(file: string): number {
  const before = statSync(file).size;
  const database = openWritable(file, busyTimeoutMs);
  try {
    database.exec('VACUUM');
  } catch (error) {
    throw openError(error, file);
  } finally {
    database.close();
  }
  return before - statSync(file).size;
}
