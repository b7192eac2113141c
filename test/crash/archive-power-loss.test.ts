import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { createRandom } from '../../src/seeded-random.ts';
import { openReadOnly } from '../../src/stores/sqlite/open-file.ts';
import { sagaLogMigrations } from '../../src/stores/sqlite/saga-log-schema.ts';
import { createArchiveBook, inOneView } from '../../src/verify/files/archive-book.ts';
import { readAllSagas } from '../../src/verify/files/merge-sagas.ts';
import { describeWith } from '../support/installed.ts';
import { eventsOf, straceArgs } from './disk-trace.ts';
import { createPowerCutDisk } from './power-cut-disk.ts';

const program = fileURLToPath(new URL('./archive-finished.ts', import.meta.url));

/** How many sagas were counted as finished, and the ids of those that are whole, in the log or in the archive. */
function bookkeeping(
  file: string,
): { readonly counted: number; readonly whole: readonly string[] } | undefined {
  const saga = openReadOnly(file);
  const archive = createArchiveBook(file);
  try {
    if (saga.pragma('user_version', { simple: true }) !== sagaLogMigrations.length) return undefined;
    return inOneView({ saga, archive }, (beside) => ({
      counted: Number(saga.prepare('SELECT sum(sagas) FROM finished_count').pluck().get()),
      whole: [...readAllSagas(saga, beside, { afterId: '', untilId: 'z' })].flatMap((read) =>
        'saga' in read && read.saga.status === 'completed' && read.saga.chainProblem === undefined
          ? [read.saga.id]
          : [],
      ),
    }));
  } finally {
    archive.close();
    saga.close();
  }
}

describeWith('strace', 'a power cut while sagas are archived', () => {
  it('left every saga that had finished whole, in the log or in the archive', { timeout: 120_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'ordersaga-archive-power-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const trace = join(folder, 'trace');
    execFileSync('strace', [...straceArgs, trace, process.execPath, program, join(folder, 'run', 'saga.db')]);
    const random = createRandom(1);
    const disk = createPowerCutDisk();
    const states = new Set<number>();
    for (const [number, event] of [...eventsOf(readFileSync(trace, 'latin1'))].entries()) {
      disk.apply(event);
      for (const survives of [() => 0, () => 1, random]) {
        const directory = join(folder, 'cut');
        disk.cut(directory, survives);
        const found = bookkeeping(join(directory, 'saga.db'));
        rmSync(directory, { recursive: true });
        if (found === undefined) continue;
        expect(found.whole.length, `cut after event ${number}`).toBe(found.counted);
        states.add(found.counted);
      }
    }
    expect([...states]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});
