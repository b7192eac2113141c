import { expect, test } from 'vitest';
import { createSagaDisk, type SagaDisk } from '../../src/stores/memory/saga-disk.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFixture, type FixtureOptions, failing, no, sagaId } from './engine-fixture.ts';

test('takes up the sagas of an owner whose lease ran out, with a higher epoch', async () => {
  const first = createFixture({ script: { 'charge-payment': ['hang'] }, owner: 'first', pid: 1 });
  await first.engine.start();
  const id = await first.accept();
  await first.clock.advance(10);
  const { disk, clock } = first;
  const second = createFixture({ disk, clock, owner: 'second', pid: 2 });
  await second.engine.start();
  // Several times as long as a lease runs.
  await clock.advance(60_000);
  expect(second.calls).toEqual([]);
  await first.engine.stop(0);
  await clock.advanceUntil(async () => (await second.status(id)) === 'completed');
  expect(second.calls).toEqual(['charge-payment#1', 'confirm-order#1']);
  expect(second.made[0]?.epoch).toBe(2);
  expect(await second.types(id)).toContain('SagaRecovered');
});

test('halts a saga whose drivers keep dying, and only that one', async () => {
  const bad = sagaId(1);
  const good = Array.from({ length: 20 }, (_, n) => sagaId(n + 2));
  const { disk, clock, accept, engine } = createFixture({ hanging: [bad, ...good] });
  await engine.start();
  for (const id of [bad, ...good]) await accept(id);
  // Each life ends while the bad saga's call is under way: its clock stands still from then on, as if killed.
  for (let life = 2; life <= 7; life += 1) {
    const lifeClock = createFakeClock(clock.now() + life * 60_000);
    const process = createFixture({
      disk,
      clock: lifeClock,
      owner: `life-${life}`,
      pid: life,
      hanging: [bad],
    });
    await process.engine.start();
    await lifeClock.advance(5_000);
  }
  const { status, types } = createFixture({ disk });
  expect(await status(bad)).toBe('halted');
  expect((await types(bad)).filter((type) => type === 'SagaRecovered')).toHaveLength(5);
  expect(await Promise.all(good.map(status))).toEqual(good.map(() => 'completed'));
});

test.each([
  [900, 3],
  // Long enough for the first wait of a suspect, and not for the next one.
  [1_900, 4],
])(
  'does not blame a saga for a process that is ended %d ms after its start, however often',
  async (lifeMs, times) => {
    const { disk, accept, engine, clock } = createFixture({ hanging: [sagaId(1)] });
    await engine.start();
    const id = await accept();
    for (let life = 2; life <= 20; life += 1) {
      const lifeClock = createFakeClock(clock.now() + life * 60_000);
      const own = { owner: `life-${life}`, pid: life, hanging: [id] };
      const process = createFixture({ disk, clock: lifeClock, ...own });
      await process.engine.start();
      await lifeClock.advance(lifeMs);
    }
    const lastClock = createFakeClock(clock.now() + 30 * 60_000);
    const last = createFixture({ disk, clock: lastClock, owner: 'last', pid: 30 });
    await last.engine.start();
    await lastClock.advanceUntil(async () => (await last.status(id)) === 'compensated');
    expect((await last.types(id)).filter((type) => type === 'SagaRecovered')).toHaveLength(times);
  },
);

test('does not blame a saga that was waiting each time its process died', async () => {
  const script = { 'release-stock': [failing('retryable')], 'charge-payment': [no('declined')] };
  const first = createFixture({ script, limits: { leaseMs: 1 } });
  const id = await first.accept();
  // Long enough into its attempts to wait for seconds, and then some deaths within that time.
  await first.clock.advance(30_000);
  const { disk } = first;
  for (let life = 2; life <= 9; life += 1) {
    const clock = createFakeClock(first.clock.now() + 10 * life);
    const { engine } = createFixture({
      disk,
      clock,
      owner: `life-${life}`,
      pid: life,
      limits: { leaseMs: 1 },
    });
    await engine.start();
    await clock.advance(1);
  }
  const { status, types } = createFixture({ disk });
  expect((await types(id)).filter((type) => type === 'SagaRecovered')).toHaveLength(8);
  expect(await status(id)).toBe('compensating');
});

/** Starts a process, lets it be for a while and kills it, so often; each one comes long after the last. */
async function liveThrough(
  lives: number,
  { startMs, lifeMs, ...options }: FixtureOptions & { readonly startMs: number; readonly lifeMs: number },
): Promise<{ readonly calls: readonly string[]; readonly nowMs: number }> {
  let nowMs = startMs;
  const calls: string[] = [];
  for (let life = 1; life <= lives; life += 1) {
    const clock = createFakeClock(nowMs + 60_000);
    const process = createFixture({ ...options, clock, owner: `life-${life}`, pid: 100 + life });
    await process.engine.start();
    await clock.advance(lifeMs);
    calls.push(...process.calls);
    nowMs = clock.now();
  }
  return { calls, nowMs };
}

test('does not blame a saga that waited for a participant who was away', async () => {
  const first = createFixture({ awayUntilMs: Number.POSITIVE_INFINITY });
  await first.engine.start();
  const id = await first.accept();
  await first.clock.advance(5_000);
  const { disk, clock } = first;
  const away = { disk, awayUntilMs: Number.POSITIVE_INFINITY };
  await liveThrough(8, { ...away, startMs: clock.now(), lifeMs: 5_000 });
  expect(await first.status(id)).toBe('running');
});

test('does not blame a saga that a person held', async () => {
  const first = createFixture();
  await first.engine.start();
  await first.engine.pause({ by: 'ada', reason: 'new disks' });
  const id = await first.accept();
  await first.clock.advance(5_000);
  const { disk, clock } = first;
  const { calls } = await liveThrough(8, { disk, startMs: clock.now(), lifeMs: 5_000 });
  expect(calls).toEqual([]);
  expect(await first.status(id)).toBe('running');
});

test('blames a saga that kills its driver after it was held', async () => {
  const { disk, clock, accept, engine, status } = createFixture();
  await engine.start();
  await engine.pause({ by: 'ada', reason: 'new disks' });
  const id = await accept();
  let nowMs = clock.now();
  for (let life = 1; life <= 6; life += 1) {
    const lifeClock = createFakeClock(nowMs + 60_000);
    const own = { owner: `life-${life}`, pid: 100 + life, hanging: [id] };
    const process = createFixture({ disk, clock: lifeClock, ...own });
    if (life > 1) await process.engine.pause({ by: 'ada', reason: 'not yet' });
    await process.engine.start();
    await lifeClock.advance(60_000);
    await process.engine.resume({ by: 'ada', reason: 'now' });
    // Killed by that very call: what is not durable by then never will be.
    await lifeClock.advance(1);
    nowMs = lifeClock.now();
  }
  const last = createFixture({ disk, clock: createFakeClock(nowMs + 60_000), owner: 'last', pid: 200 });
  await last.engine.start();
  await last.clock.advance(60_000);
  expect(await status(id)).toBe('halted');
});

test('blames a saga that kills its driver although its clock was set back', async () => {
  const first = createFixture({ script: { 'create-order': [failing('inDoubt')] } });
  const id = await first.accept();
  await first.clock.advance(30);
  const { disk, clock } = first;
  const hourAgo = clock.now() - 3_600_000;
  await liveThrough(12, { disk, hanging: [id], startMs: hourAgo, lifeMs: 5_000 });
  expect(await first.status(id)).toBe('halted');
});

test('what waited goes on at once after an outage in which the process was killed several times', async () => {
  const ids = Array.from({ length: 100 }, (_, n) => sagaId(n + 1));
  const first = createFixture({ awayUntilMs: Number.POSITIVE_INFINITY });
  await first.engine.start();
  for (const id of ids) await first.accept(id);
  await first.clock.advance(1_000);
  const { disk } = first;
  const away = { disk, awayUntilMs: Number.POSITIVE_INFINITY };
  const { nowMs } = await liveThrough(4, { ...away, startMs: first.clock.now(), lifeMs: 5_000 });
  const clock = createFakeClock(nowMs + 60_000);
  const { engine, status } = createFixture({ disk, clock, owner: 'last', pid: 200 });
  await engine.start();
  const completed = async () => (await Promise.all(ids.map(status))).every((each) => each === 'completed');
  await clock.advanceUntil(completed, 1_000);
});

test('a driver that was overtaken stops without a trace in the log', async () => {
  const first = createFixture({ script: { 'charge-payment': [failing('retryable')] }, owner: 'first' });
  const id = await first.accept();
  await first.clock.advance(1);
  const record = await first.log.get(id);
  await first.log.claim({ sagaId: id, owner: 'second', expectedEpoch: record?.epoch ?? 0 });
  const before = await first.types(id);
  // As soon as it writes what it had learned, long before its next attempt.
  await first.clock.advance(25);
  expect(first.engine.status().live).toBe(0);
  await first.clock.advance(60_000);
  expect(await first.types(id)).toEqual(before);
});

/** As if a disk error had taken it. */
function loseFirstEvent(disk: SagaDisk, id: string): void {
  const stored = disk.sagas.get(id);
  if (stored === undefined) throw new Error(`there is no saga ${id}`);
  disk.sagas.set(id, { ...stored, rows: stored.rows.slice(1) });
}

test('a saga that cannot be read is left as it is, is told of once, and holds up nobody', async () => {
  const [damaged, sound] = [sagaId(1), sagaId(2)];
  const first = createFixture({ hanging: [damaged, sound] });
  await first.engine.start();
  await first.accept(damaged);
  await first.accept(sound);
  await first.clock.advance(1_000);
  const { disk } = first;
  loseFirstEvent(disk, damaged);
  const before = disk.sagas.get(damaged);
  const clock = createFakeClock(first.clock.now() + 60_000);
  const limits = { recoveryConcurrency: 1 };
  const { engine, status, troubles } = createFixture({ disk, clock, owner: 'second', pid: 2, limits });
  await engine.start();
  await clock.advanceUntil(async () => (await status(sound)) === 'completed');
  await clock.advance(30_000);
  expect(disk.sagas.get(damaged)).toEqual(before);
  expect(troubles).toEqual(['a saga could not be recovered']);
});

test('what was repaired by hand is driven on', async () => {
  const first = createFixture({ hanging: [sagaId(1)] });
  await first.engine.start();
  const id = await first.accept();
  const { disk } = first;
  const sound = disk.sagas.get(id);
  loseFirstEvent(disk, id);
  const clock = createFakeClock(first.clock.now() + 60_000);
  const { engine, status } = createFixture({ disk, clock, owner: 'second', pid: 2 });
  await engine.start();
  await clock.advance(10_000);
  if (sound !== undefined) disk.sagas.set(id, sound);
  await clock.advanceUntil(async () => (await status(id)) === 'completed');
});

test('suspects that wait for their turn hold up neither innocent sagas nor the pauses of other processes', async () => {
  const [suspect, innocent] = [sagaId(1), sagaId(2)];
  const disk = createSagaDisk();
  let nowMs = 0;
  for (let life = 1; life <= 4; life += 1) {
    const clock = createFakeClock(nowMs + 60_000);
    const process = { owner: `life-${life}`, pid: life, hanging: [suspect, innocent] };
    const { accept, engine } = createFixture({ disk, clock, ...process });
    await engine.start();
    if (life === 1) await accept(suspect);
    if (life === 4) await accept(innocent);
    await clock.advance(5_000);
    nowMs = clock.now();
  }
  const clock = createFakeClock(nowMs + 60_000);
  const limits = { recoveryConcurrency: 1 };
  const { engine, log, status } = createFixture({ disk, clock, pid: 5, limits, hanging: [suspect] });
  await engine.start();
  // The suspect waits for longer than that, and never gives its turn back.
  await clock.advance(100);
  expect(await status(innocent)).toBe('completed');
  await clock.advance(5_000);
  await log.pause({ by: 'ada', reason: 'new disks', sinceMs: clock.now() });
  await clock.advance(2_000);
  expect(engine.status().pauses).toHaveLength(1);
});
