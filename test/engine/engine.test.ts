import { describe, expect, test } from 'vitest';
import { Overloaded } from '../../src/engine/engine.ts';
import { traceRefFrom } from '../../src/engine/observer.ts';
import type { SagaEvent } from '../../src/saga/event.ts';
import { createSagaDisk } from '../../src/stores/memory/saga-disk.ts';
import { createMemorySagaLog } from '../../src/stores/memory/saga-log.ts';
import type { SagaLog } from '../../src/stores/saga-log.ts';
import { createFixture, done, failing, no, sagaId } from './engine-fixture.ts';

describe('a saga that goes forward', () => {
  test('calls each participant once, in order, and completes', async () => {
    const { accept, clock, calls, types, status } = createFixture();
    const id = await accept();
    await clock.advanceUntil(async () => (await status(id)) === 'completed');
    expect(calls).toEqual(['create-order#1', 'reserve-stock#1', 'charge-payment#1', 'confirm-order#1']);
    expect(await types(id)).toEqual([
      'SagaStarted',
      'StepSucceeded',
      'StepSucceeded',
      'StepSucceeded',
      'StepSucceeded',
      'SagaCompleted',
    ]);
  });

  test('sends the same key for every attempt of a step, and its epoch', async () => {
    const { accept, clock, made, status } = createFixture({
      script: { 'reserve-stock': [failing('inDoubt'), done] },
    });
    const id = await accept();
    await clock.advanceUntil(async () => (await status(id)) === 'completed');
    const reserves = made.filter(({ operation }) => operation.name === 'reserve-stock');
    expect(reserves.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      `${id}:reserve-stock:action`,
      `${id}:reserve-stock:action`,
    ]);
    expect(reserves.every(({ epoch }) => epoch === 1)).toBe(true);
  });

  test('does not call the pivot before everything before it is durable', async () => {
    const flushes: (() => void)[] = [];
    let held = false;
    const log = createMemorySagaLog({
      schedule: (flush) => (held ? flushes.push(flush) : queueMicrotask(flush)),
    });
    const { accept, clock, calls, status } = createFixture({ log });
    const id = await accept();
    held = true;
    await clock.advance(0);
    expect(calls.at(-1)).toBe('charge-payment#1');
    held = false;
    for (const flush of flushes.splice(0)) flush();
    await clock.advanceUntil(async () => (await status(id)) === 'completed');
    expect(calls.at(-1)).toBe('confirm-order#1');
  });
});

describe('a saga that turns back', () => {
  test('compensates in reverse order when payment is declined', async () => {
    const { accept, clock, calls, status } = createFixture({
      script: { 'charge-payment': [no('payment_declined')] },
    });
    const id = await accept();
    await clock.advanceUntil(async () => (await status(id)) === 'compensated');
    expect(calls.slice(3)).toEqual(['release-stock#1', 'cancel-order#1']);
  });

  test('refunds a charge whose replies were all lost', async () => {
    const { accept, clock, calls, status } = createFixture({
      script: { 'charge-payment': [failing('inDoubt')] },
      findings: [{ kind: 'absent' }],
    });
    const id = await accept();
    await clock.advanceUntil(async () => (await status(id)) === 'compensated');
    expect(calls.slice(-4)).toEqual([
      'get-payment#1',
      'refund-payment#1',
      'release-stock#1',
      'cancel-order#1',
    ]);
  });

  test('goes on when the inquiry finds that the charge took effect', async () => {
    const { accept, clock, status } = createFixture({
      script: { 'charge-payment': [failing('inDoubt')] },
      findings: [{ kind: 'tookEffect' }],
    });
    const id = await accept();
    await clock.advanceUntil(async () => (await status(id)) === 'completed');
  });

  test('honours a cancel that comes while a step is under way', async () => {
    const { accept, clock, engine, status, calls } = createFixture({
      script: { 'charge-payment': [failing('retryable'), done] },
    });
    const id = await accept();
    await clock.advance(1);
    const result = await engine.command(id, { kind: 'cancel', by: 'customer', reason: 'changed my mind' });
    expect(result.kind).toBe('done');
    await clock.advanceUntil(async () => (await status(id)) === 'compensated');
    expect(calls).not.toContain('confirm-order#1');
  });

  test('does not answer a second cancel before the first one is durable', async () => {
    const flushes: (() => void)[] = [];
    let held = false;
    const log = createMemorySagaLog({
      schedule: (flush) => (held ? flushes.push(flush) : queueMicrotask(flush)),
    });
    const { accept, clock, engine } = createFixture({
      log,
      script: { 'reserve-stock': [failing('retryable')] },
    });
    const id = await accept();
    await clock.advance(1);
    held = true;
    const answered: string[] = [];
    const cancel = async (name: string) => {
      await engine.command(id, { kind: 'cancel', by: 'customer', reason: 'changed my mind' });
      answered.push(name);
    };
    const both = [cancel('first'), cancel('second')];
    await clock.advance(1);
    expect(answered).toEqual([]);
    held = false;
    for (const flush of flushes.splice(0)) flush();
    await Promise.all(both);
  });

  test('refuses a cancel after the end', async () => {
    const { accept, clock, engine, status } = createFixture();
    const id = await accept();
    await clock.advanceUntil(async () => (await status(id)) === 'completed');
    const result = await engine.command(id, { kind: 'cancel', by: 'customer', reason: 'too late' });
    expect(result).toEqual({ kind: 'refused', why: 'the saga is already completed' });
  });
});

describe('a halted saga', () => {
  test('waits for a person, and goes on after a retry', async () => {
    const refuse = Array.from({ length: 20 }, () => failing('retryable'));
    const { accept, clock, engine, status } = createFixture({
      script: { 'charge-payment': [no('payment_declined')], 'release-stock': [...refuse, done] },
    });
    const id = await accept();
    await clock.advanceUntil(async () => (await status(id)) === 'halted');
    expect(engine.status().live).toBe(0);
    await engine.command(id, { kind: 'retry', by: 'ops', reason: 'inventory is back' });
    await clock.advanceUntil(async () => (await status(id)) === 'compensated');
  });

  test('goes past a step that a person handled by hand', async () => {
    const { accept, clock, engine, status, calls } = createFixture({
      script: { 'charge-payment': [no('payment_declined')], 'release-stock': [failing('faulted')] },
    });
    const id = await accept();
    await clock.advanceUntil(async () => (await status(id)) === 'halted');
    const skip = { kind: 'skip', step: 'reserve-stock', by: 'ops', reason: 'counted by hand' } as const;
    expect((await engine.command(id, skip)).kind).toBe('done');
    await clock.advanceUntil(async () => (await status(id)) === 'compensated');
    expect(calls.at(-1)).toBe('cancel-order#1');
  });
});

describe('a command that crosses the end of a drive', () => {
  test('is carried out although the halt was still being written when it came', async () => {
    const flushes: (() => void)[] = [];
    let held = false;
    const log = createMemorySagaLog({
      schedule: (flush) => (held ? flushes.push(flush) : queueMicrotask(flush)),
    });
    const refuse = failing('faulted');
    const { accept, clock, engine, status } = createFixture({
      log,
      script: {
        'charge-payment': [no('payment_declined')],
        'release-stock': [failing('retryable'), refuse, done],
      },
    });
    const id = await accept();
    // Long enough for the first attempt's record to be written, and not for the second attempt.
    await clock.advance(30);
    held = true;
    // The second attempt faults and the saga halts, but the disk has not heard of it yet.
    await clock.advance(200);
    const result = engine.command(id, { kind: 'retry', by: 'ops', reason: 'mended' });
    await clock.advance(0);
    held = false;
    for (const flush of flushes.splice(0)) flush();
    expect((await result).kind).toBe('done');
    await clock.advanceUntil(async () => (await status(id)) === 'compensated');
  });
});

describe('two commands for one halted saga, each at another gateway', () => {
  test('leave a log that can be read: the one that came first counts, the other is refused', async () => {
    const disk = createSagaDisk();
    const script = { 'charge-payment': [no('payment_declined')], 'release-stock': [failing('faulted')] };
    const { accept, clock, log, status, types } = createFixture({ disk, script, owner: 'first', pid: 1 });
    const id = await accept();
    await clock.advanceUntil(async () => (await status(id)) === 'halted');
    const skip: SagaEvent = { type: 'StepSkipped', step: 'reserve-stock', by: 'ops', reason: 'counted' };
    const slow: SagaLog = {
      ...log,
      async claim(claim) {
        // The first gateway's driver has not heard yet that the halt is durable, and takes the command itself.
        const record = await log.get(id);
        const { seq: expectedSeq = 0, epoch = 0 } = record ?? {};
        const events = [{ event: skip, trace: traceRefFrom(''), atMs: clock.now() }];
        await log.append({ sagaId: id, expectedSeq, epoch, events, status: 'compensating' });
        return log.claim(claim);
      },
    };
    const second = createFixture({ disk, clock, log: slow, owner: 'second', pid: 2 });
    const retry = { kind: 'retry', by: 'ops', reason: 'mended' } as const;
    expect((await second.engine.command(id, retry)).kind).toBe('refused');
    expect((await types(id)).slice(-2)).toEqual(['SagaHalted', 'StepSkipped']);
    const third = createFixture({ disk, clock, owner: 'third', pid: 3 });
    await third.engine.start();
    await clock.advanceUntil(async () => (await status(id)) === 'compensated');
    expect(third.calls).toEqual(['cancel-order#1']);
  });
});

describe('admission', () => {
  test('refuses at the bound, and accepts again when there is room', async () => {
    const { accept, engine, clock } = createFixture({
      script: { 'create-order': [failing('retryable'), done] },
      limits: { maxLive: 2 },
    });
    await accept(sagaId(1));
    await accept(sagaId(2));
    await expect(accept(sagaId(3))).rejects.toThrow(Overloaded);
    await clock.advanceUntil(() => engine.status().live === 0);
    await accept(sagaId(4));
  });

  test('counts who is at work apart from who waits', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const { accept, clock, status } = createFixture({
      script: { 'create-order': [failing('retryable'), failing('retryable'), done] },
      limits: { maxActive: 2 },
      holding: answered,
    });
    await accept(sagaId(1));
    await accept(sagaId(2));
    await expect(accept(sagaId(3))).rejects.toMatchObject({ name: 'Overloaded', why: 'busy' });
    answer();
    // Both of them wait to be tried again now.
    await clock.advance(0);
    await accept(sagaId(3));
    for (const id of [1, 2, 3].map(sagaId))
      await clock.advanceUntil(async () => (await status(id)) === 'completed');
  });

  test('refuses while the log cannot be written, and drives on when it can', async () => {
    let full = false;
    const log = createMemorySagaLog({
      commit(write) {
        if (full) throw new Error('disk full');
        write();
      },
    });
    const fixture = createFixture({ log, script: { 'charge-payment': [failing('retryable'), done] } });
    await fixture.engine.start();
    const id = await fixture.accept(sagaId(1));
    await fixture.clock.advance(1);
    full = true;
    await expect(fixture.accept(sagaId(2))).rejects.toThrow(Overloaded);
    await fixture.clock.advance(10_000);
    expect(fixture.engine.status().logFailing).toBe(true);
    expect(fixture.troubles).toContain('the saga log could not be written');
    full = false;
    await fixture.clock.advanceUntil(async () => (await fixture.status(id)) === 'completed');
    expect(fixture.engine.status().logFailing).toBe(false);
    expect(await fixture.status(sagaId(2))).toBeUndefined();
  });

  test('lets go of no saga because the log cannot be written, only of those that somebody else has', async () => {
    let full = false;
    const disk = createSagaDisk();
    const log = createMemorySagaLog({
      disk,
      commit(write) {
        if (full) throw new Error('disk full');
        write();
      },
    });
    const script = { 'charge-payment': [failing('retryable'), failing('retryable'), done] };
    const { accept, clock, engine, released, status } = createFixture({ disk, log, script });
    await engine.start();
    const [kept, taken] = [await accept(sagaId(1)), await accept(sagaId(2))];
    await clock.advance(1);
    full = true;
    await clock.advance(10_000);
    expect(engine.status().live).toBe(0);
    expect(released).toEqual([]);
    const other = createMemorySagaLog({ disk, pid: 2 });
    await other.renewLease({ owner: 'other', nowMs: clock.now(), leaseMs: 3_600_000 });
    expect(await other.claim({ sagaId: taken, owner: 'other', expectedEpoch: 1 })).toBeDefined();
    full = false;
    await clock.advanceUntil(async () => (await status(kept)) === 'completed');
    await clock.advance(3_000);
    expect(released).toEqual([taken]);
  });

  test('knows from its lease that the log can be written again, although nobody orders', async () => {
    let full = false;
    const log = createMemorySagaLog({
      commit(write) {
        if (full) throw new Error('disk full');
        write();
      },
    });
    const { engine, accept, clock } = createFixture({ log });
    await engine.start();
    full = true;
    await expect(accept()).rejects.toThrow(Overloaded);
    await clock.advance(6_000);
    expect(engine.status().logFailing).toBe(true);
    full = false;
    await clock.advance(6_000);
    expect(engine.status().logFailing).toBe(false);
  });

  test('knows from its lease that the log cannot be written, although nobody orders', async () => {
    let full = false;
    const log = createMemorySagaLog({
      commit(write) {
        if (full) throw new Error('disk full');
        write();
      },
    });
    const { engine, clock } = createFixture({ log });
    await engine.start();
    full = true;
    await clock.advance(6_000);
    expect(engine.status().logFailing).toBe(true);
    full = false;
    await clock.advance(6_000);
    expect(engine.status().logFailing).toBe(false);
  });

  test('a stopping engine refuses, parks what waits and gives up its lease', async () => {
    const { accept, engine, clock, log } = createFixture({
      script: { 'create-order': [failing('retryable')] },
    });
    await engine.start();
    await accept();
    await clock.advance(1);
    await engine.stop(1_000);
    await expect(accept(sagaId(2))).rejects.toThrow(Overloaded);
    const undriven = await log.findUndriven({ owner: 'other', nowMs: clock.now(), limit: 10 });
    expect(undriven.map(({ lapse }) => lapse)).toEqual(['released']);
  });
});

describe('a participant that does not answer', () => {
  test.each(['retryable', 'inDoubt'] as const)(
    'is left alone by its breaker while other sagas wait: %s',
    async (kind) => {
      const { accept, clock, calls, engine } = createFixture({ script: { 'create-order': [failing(kind)] } });
      for (let n = 1; n <= 50; n += 1) await accept(sagaId(n));
      await clock.advance(500);
      expect(engine.status().breakers.order).toBe('open');
      const before = calls.length;
      await clock.advance(10_000);
      // One probe at a time, so about one call a second instead of fifty.
      expect(calls.length - before).toBeLessThanOrEqual(12);
    },
  );
});
