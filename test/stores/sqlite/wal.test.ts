import { statSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { openReadOnly, WAL_LIMIT_BYTES } from '../../../src/stores/sqlite/open-file.ts';
import { openNotes } from './scratch.ts';

const walBytes = (file: string): number => statSync(`${file}-wal`).size;
const text = 'x'.repeat(8_000);

/** One commit a round. */
async function commits(
  notes: Awaited<ReturnType<typeof openNotes>>['notes'],
  firstId: number,
  rounds: number,
) {
  for (let round = 0; round < rounds; round += 1)
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        notes.write('add', { id: firstId + round * 20 + index, text }),
      ),
    );
}

describe('the write-ahead log', () => {
  test('stayed short while much was written, and was empty once nothing was', async () => {
    const { notes, file } = await openNotes();
    await commits(notes, 1, 200);
    // 32 MB went through it; it is copied back at 4 MiB, and one commit may go beyond that.
    expect(walBytes(file)).toBeLessThan(6 * 1024 * 1024);
    await vi.waitFor(() => expect(walBytes(file)).toBe(0), { timeout: 20_000, interval: 100 });
    expect((await notes.read('ids')).length).toBe(4_000);
  });

  test('grew for as long as somebody read, and was cut back after that', async () => {
    const { notes, file } = await openNotes();
    await commits(notes, 1, 1);
    const reader = openReadOnly(file);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM note').get();
    let nextId = 1_000;
    while (walBytes(file) <= WAL_LIMIT_BYTES) {
      await commits(notes, nextId, 50);
      nextId += 1_000;
    }
    reader.exec('ROLLBACK');
    reader.close();
    // The first copies everything back, the second begins anew and cuts.
    await commits(notes, nextId, 2);
    expect(walBytes(file)).toBeLessThanOrEqual(WAL_LIMIT_BYTES);
    await vi.waitFor(() => expect(walBytes(file)).toBe(0), { timeout: 20_000, interval: 100 });
  });
});
