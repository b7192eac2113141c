import { describe, expect, test } from 'vitest';
import type { SagaEvent } from '../../src/saga/event.ts';
import { createSagaDisk } from '../../src/stores/memory/saga-disk.ts';
import { createMemorySagaLog } from '../../src/stores/memory/saga-log.ts';
import type { SagaLog } from '../../src/stores/saga-log.ts';
import { succeeded, trace } from '../contract/saga-log-fixture.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFixture, done, failing, no, sagaId } from './engine-fixture.ts';

/** A log whose next claim comes just after the saga's last driver has appended this. */
function overtakenLog(log: SagaLog, event: SagaEvent): SagaLog {
  let isOver = false;
  return {
    ...log,
    async claim(claim) {
      const record = await log.get(claim.sagaId);
      if (record && !isOver) {
        const { id, epoch, seq: expectedSeq } = record;
        await log.append({
          sagaId: id,
          epoch,
          expectedSeq,
          status: 'running',
          events: [{ event, trace, atMs: 0 }],
        });
      }
      isOver = true;
      return log.claim(claim);
    },
  };
}

test('a saga whose last driver appended until it was claimed goes on from there', async () => {
  const first = createFixture({ hanging: [sagaId(1)] });
  const id = await first.accept();
  await first.clock.advance(1);
  const log = overtakenLog(createMemorySagaLog({ disk: first.disk }), succeeded('create-order'));
  const { engine, calls, clock, status } = createFixture({ log, clock: first.clock, owner: 'second' });
  await engine.start();
  await clock.advanceUntil(async () => (await status(id)) === 'completed');
  expect(calls[0]).toBe('reserve-stock#1');
});

test('a command that was written although nobody could say so is carried out', async () => {
  const log = createMemorySagaLog();
  let isSilent = false;
  const append: SagaLog['append'] = async (addition) => {
    const result = await log.append(addition);
    if (isSilent) throw new Error('no answer');
    return result;
  };
  const { accept, clock, engine, status } = createFixture({
    log: { ...log, append },
    script: { 'charge-payment': [no('declined')], 'release-stock': [failing('faulted'), done] },
  });
  await engine.start();
  const id = await accept();
  await clock.advanceUntil(async () => (await status(id)) === 'halted');
  isSilent = true;
  await expect(engine.command(id, { kind: 'retry', by: 'ada', reason: 'mended' })).rejects.toThrow(
    'no answer',
  );
  isSilent = false;
  await clock.advanceUntil(async () => (await status(id)) === 'compensated');
});

test('a command for a saga that another process has taken over says who drives it now', async () => {
  const { accept, clock, disk, engine, types } = createFixture({ hanging: [sagaId(1)] });
  const id = await accept();
  await clock.advance(1);
  const others = createMemorySagaLog({ disk, pid: 2 });
  const { epoch = 0, owner } = (await others.get(id)) ?? {};
  await others.claim({ sagaId: id, owner: 'second', expectedEpoch: epoch });
  expect(owner).not.toBe('second');
  const before = await types(id);
  const cancel = { kind: 'cancel', by: 'ada', reason: 'a mistake' } as const;
  expect(await engine.command(id, cancel)).toEqual({ kind: 'elsewhere', owner: 'second' });
  expect(await types(id)).toEqual(before);
});

test('a command for a saga that another process has taken over and ended is refused', async () => {
  const { accept, clock, disk, engine } = createFixture({ hanging: [sagaId(1)] });
  const id = await accept();
  await clock.advance(1);
  const others = createMemorySagaLog({ disk, pid: 2 });
  const record = await others.claim({ sagaId: id, owner: 'second', expectedEpoch: 1 });
  const { epoch = 0, seq: expectedSeq = 0 } = record ?? {};
  const events = [{ event: { type: 'SagaCompensated' }, trace, atMs: 0 }] as const;
  await others.append({ sagaId: id, epoch, expectedSeq, status: 'compensated', events });
  expect(await engine.command(id, { kind: 'cancel', by: 'ada', reason: 'a mistake' })).toEqual({
    kind: 'refused',
    why: 'the saga is already compensated',
  });
});

describe('a process that takes sagas over', () => {
  const ids = Array.from({ length: 9 }, (_, n) => sagaId(n + 1));

  async function afterCrash(limits: { readonly recoveryConcurrency?: number } = {}) {
    const first = createFixture({ hanging: ids });
    for (const id of ids) await first.accept(id);
    await first.clock.advance(1_000);
    const clock = createFakeClock(first.clock.now() + 60_000);
    return createFixture({ disk: first.disk, clock, owner: 'second', pid: 2, hanging: ids, limits });
  }

  test('drives no more of them at once than it may', async () => {
    const { engine, made, clock } = await afterCrash({ recoveryConcurrency: 2 });
    await engine.start();
    await clock.advance(10_000);
    expect(made.map((call) => call.sagaId)).toEqual(ids.slice(0, 2));
  });

  test('has written so before it calls anybody for them', async () => {
    const { engine, made, clock, types } = await afterCrash();
    await engine.start();
    await clock.advance(0);
    expect(made).toHaveLength(ids.length);
    for (const id of ids) expect(await types(id)).toContain('SagaRecovered');
  });
});

describe('suspects', () => {
  const suspects = [sagaId(1), sagaId(2)];

  /** A process that meets two sagas whose calls its predecessors did not survive. */
  async function afterThreeLives() {
    const disk = createSagaDisk();
    let nowMs = 0;
    const live = (life: number) => {
      const clock = createFakeClock(nowMs + 60_000);
      return createFixture({ disk, clock, owner: `life-${life}`, pid: life, hanging: suspects });
    };
    for (let life = 1; life <= 3; life += 1) {
      const { accept, clock, engine } = live(life);
      await engine.start();
      if (life === 1) for (const id of suspects) await accept(id);
      await clock.advance(100);
      nowMs = clock.now();
    }
    return live(4);
  }

  test('are driven one at a time', async () => {
    const { clock, engine, made } = await afterThreeLives();
    await engine.start();
    await clock.advance(60_000);
    expect(made.map((call) => call.sagaId)).toEqual([sagaId(1)]);
  });

  test('are left as they are by a process that stops before their turn comes', async () => {
    const { clock, engine, types } = await afterThreeLives();
    const before = await Promise.all(suspects.map(types));
    await engine.start();
    await clock.advance(100);
    await engine.stop(1_000);
    expect(await Promise.all(suspects.map(types))).toEqual(before);
  });
});

test('a log that could not be read once is read again', async () => {
  const { accept, clock, disk } = createFixture({ hanging: [sagaId(1)] });
  const id = await accept();
  const log = createMemorySagaLog({ disk, pid: 2 });
  let isBroken = true;
  const findUndriven: SagaLog['findUndriven'] = async (query) => {
    if (isBroken) throw new Error('input/output error');
    return log.findUndriven(query);
  };
  const second = createFixture({ clock, log: { ...log, findUndriven }, owner: 'second' });
  await second.engine.start();
  await clock.advance(10);
  expect(second.troubles).toEqual(['recovery could not read the saga log']);
  isBroken = false;
  await clock.advanceUntil(async () => (await second.status(id)) === 'completed');
});

test('a saga whose recovery could not be written is recovered later', async () => {
  const { accept, clock, disk } = createFixture({ hanging: [sagaId(1)] });
  const id = await accept();
  const log = createMemorySagaLog({ disk, pid: 2 });
  let isFull = true;
  const append: SagaLog['append'] = async (addition) => {
    if (isFull) throw new Error('disk full');
    return log.append(addition);
  };
  const second = createFixture({ clock, log: { ...log, append }, owner: 'second' });
  await second.engine.start();
  await clock.advance(10);
  expect(second.troubles).toEqual(['a saga could not be recovered']);
  isFull = false;
  await clock.advanceUntil(async () => (await second.status(id)) === 'completed');
});

test.each([
  ['handover', 'a newer driver', { kind: 'fenced' } as const],
  ['crash', 'an answer that it could not bear', { kind: 'nonsense' } as never],
])('a saga is recovered as after a %s when its driver was ended by %s', async (after, _, answer) => {
  const { accept, clock, engine, log, status } = createFixture({
    script: { 'reserve-stock': [answer, done] },
  });
  await engine.start();
  const id = await accept();
  await clock.advanceUntil(async () => (await status(id)) === 'completed');
  const events = (await log.events(id, 0)).map(({ event }) => event);
  expect(events.filter(({ type }) => type === 'SagaRecovered')).toMatchObject([{ after }]);
});
