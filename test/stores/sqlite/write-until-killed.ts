/** A process that writes notes until it is killed and prints each id once its write has been acknowledged. */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../../src/stores/sqlite/database.ts';
import type { NotesOperations } from './notes-program.ts';

const [file = '', programUrl = '', form = 'thread', writers = '16', pauseMs = '0'] = process.argv.slice(2);
const notes = await openDatabase<NotesOperations>({
  file,
  program: new URL(programUrl),
  thread: form !== 'inline',
});
let nextId = 1;

async function writer(): Promise<never> {
  for (;;) {
    const { id } = await notes.write('add', { id: nextId++, text: 'x'.repeat(200) });
    writeSync(1, `${id}\n`);
    if (pauseMs !== '0') await sleep(Number(pauseMs));
  }
}

await Promise.all(Array.from({ length: Number(writers) }, writer));
