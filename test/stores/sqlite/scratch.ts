import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { moduleBeside } from '../../../src/stores/module-beside.ts';
import {
  type DatabaseClient,
  type DatabaseOptions,
  openDatabase,
} from '../../../src/stores/sqlite/database.ts';
import type { NotesOperations } from './notes-program.ts';

export const notesProgram = moduleBeside('notes-program', import.meta.url);
/** The same, and some of it may run on the event loop. */
export const briefNotesProgram = moduleBeside('brief-notes-program', import.meta.url);

/** A path in a new directory that is removed after the test. */
export function scratchFile(name = 'notes.db'): string {
  const directory = mkdtempSync(join(tmpdir(), 'ordersaga-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, name);
}

/** The notes database of a test, closed after it. */
export async function openNotes(
  options: Partial<DatabaseOptions> = {},
): Promise<{ readonly notes: DatabaseClient<NotesOperations>; readonly file: string }> {
  const file = options.file ?? scratchFile();
  const notes = await openDatabase<NotesOperations>({ program: notesProgram, ...options, file });
  onTestFinished(() => notes.close().catch(() => undefined));
  return { notes, file };
}

/** The error a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => expectRejection(value),
    (error: unknown) => error,
  );
}

function expectRejection(value: unknown): never {
  throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
}
