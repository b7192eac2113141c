import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { DatabaseError } from '../../../src/stores/sqlite/database-error.ts';
import { openReadOnly } from '../../../src/stores/sqlite/open-file.ts';
import { briefNotesProgram, notesProgram, openNotes, rejection, scratchFile } from './scratch.ts';

const forms = {
  'in a thread': [notesProgram.href, 'thread'],
  inline: [notesProgram.href, 'inline'],
  'on the event loop while that is quicker': [briefNotesProgram.href, 'thread', '1', '4'],
};

/** Kills a writing process once it has acknowledged `count` writes; the ids of all it acknowledged. */
async function acknowledgedUntilKilled(
  file: string,
  form: keyof typeof forms,
  count: number,
): Promise<number[]> {
  const script = fileURLToPath(new URL('./write-until-killed.ts', import.meta.url));
  const child = spawn(process.execPath, [script, file, ...forms[form]], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    if (output.split('\n').length > count) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  return output.split('\n').slice(0, -1).map(Number);
}

describe('a killed process', () => {
  it.each(Object.keys(forms) as (keyof typeof forms)[])(
    'leaves every acknowledged row in the file (%s)',
    async (form) => {
      const file = scratchFile();
      const acknowledged = await acknowledgedUntilKilled(file, form, 300);

      const database = openReadOnly(file);
      const kept = new Set(database.prepare('SELECT id FROM note').pluck().all());
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
      database.close();

      expect(acknowledged.length).toBeGreaterThanOrEqual(300);
      expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
    },
  );
});

describe('a database thread that ends by itself', () => {
  it.each([
    ['exits', 'exitThread', 'ended with exit code 3'],
    ['throws outside an operation', 'throwOutside', 'thrown outside any operation'],
  ] as const)('rejects what is pending and what comes later when it %s', async (_, operation, reason) => {
    const fatal = Promise.withResolvers<DatabaseError>();
    const calls: DatabaseError[] = [];
    const { notes, file } = await openNotes({
      program: briefNotesProgram,
      onFatal(error) {
        calls.push(error);
        fatal.resolve(error);
      },
    });
    await notes.write('add', { id: 1, text: '' });

    await notes.write(operation).catch((error: unknown) => expect(error).toMatchObject({ kind: 'crashed' }));
    const error = await fatal.promise;

    expect(error).toMatchObject({ name: 'DatabaseError', kind: 'crashed' });
    expect(error.message).toContain(`${file}: its thread`);
    expect(error.message).toContain(reason);
    expect(await rejection(notes.write('add', { id: 2, text: '' }))).toBe(error);
    expect(await rejection(notes.read('ids'))).toBe(error);
    await notes.close();
    expect(calls).toHaveLength(1);
  });
});
