import { describe, expect, test } from 'vitest';
import { archivePass, countArchivable } from '../../src/archive/archive-pass.ts';
import { startArchiving } from '../../src/boot/archiving.ts';
import { createMemorySagaLog } from '../../src/stores/memory/saga-log.ts';
import type { SagaLog } from '../../src/stores/saga-log.ts';
import { acceptance, append, sagaIn } from '../contract/saga-log-fixture.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** So many finished sagas with a halted one and a live one among them, finished at 2 001. */
async function logOf(finished: number): Promise<SagaLog> {
  const log = createMemorySagaLog();
  const idOf = (number: number): string => `s${String(number).padStart(6, '0')}`;
  for (let number = 0; number < finished; number += 1) await sagaIn('completed', log, idOf(number));
  await sagaIn('halted', log, `${idOf(7)}-halted`);
  await log.accept(acceptance(`${idOf(8)}-live`));
  return log;
}

const leftIn = async (log: SagaLog): Promise<string[]> =>
  (await log.list({ limit: 1_000 })).map(({ status }) => status);

describe('a pass', () => {
  test('moved everything that was old enough, in batches, and nothing else', async () => {
    const log = await logOf(120);
    expect(await countArchivable(log, 3_000)).toBe(120);
    const batches: number[] = [];
    const betweenBatches = (moved: number) => void batches.push(moved);
    expect(await archivePass({ log, finishedBeforeMs: 3_000, betweenBatches })).toBe(120);
    expect(batches).toEqual([48, 50, 22]);
    expect(await leftIn(log)).toEqual(['running', 'halted']);
    expect(await archivePass({ log, finishedBeforeMs: 3_000 })).toBe(0);
  });

  test('ended after the batch at hand when it was told to', async () => {
    const log = await logOf(120);
    const stop = new AbortController();
    const betweenBatches = () => stop.abort();
    expect(await archivePass({ log, finishedBeforeMs: 3_000, signal: stop.signal, betweenBatches })).toBe(48);
  });
});

describe('a gateway', () => {
  test('archived what was older than its retention again and again, and logged how much', async () => {
    const clock = createFakeClock(0);
    const log = await logOf(3);
    const lines: unknown[] = [];
    const troubles: unknown[] = [];
    const archiving = startArchiving({
      config: { retentionMs: 30_000 },
      sagaLog: { ...log, identity: 'a log' },
      clock,
      logger: { info: (message, fields) => void lines.push([message, fields?.sagas]) },
      observer: { trouble: (what) => void troubles.push(what) },
    });
    await clock.advance(30_000);
    expect(await leftIn(log)).toContain('completed');
    await log.append(append('s000008-live', 1, { status: 'completed' }));
    await clock.advance(31_000);
    expect(await leftIn(log)).toEqual(['halted']);
    expect([lines, troubles]).toEqual([[['finished sagas were archived', 4]], []]);
    await archiving.stop();
  });
});
