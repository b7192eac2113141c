import type { Database } from './program.ts';

/** Fixes what the read transaction that was just begun will see: a deferred one gets its view only with its first read. */
export function fixView(database: Database): void {
  database.prepare('SELECT count(*) FROM sqlite_schema').get();
}
