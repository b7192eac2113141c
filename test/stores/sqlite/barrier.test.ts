import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import {
  alreadyCompensated,
  type BarrierCall,
  type StoredAnswer,
} from '../../../src/stores/sqlite/barrier.ts';
import { type DatabaseClient, openDatabase } from '../../../src/stores/sqlite/database.ts';
import type { BarrierOperations } from './barrier-program.ts';

async function open(file = ':memory:'): Promise<DatabaseClient<BarrierOperations>> {
  const program = new URL('./barrier-program.ts', import.meta.url);
  const database = await openDatabase<BarrierOperations>({ file, program, thread: file !== ':memory:' });
  onTestFinished(() => database.close());
  return database;
}

function temporaryFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ordersaga-barrier-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, 'participant.db');
}

const call = (changes: Partial<BarrierCall> = {}): BarrierCall => ({
  sagaId: 'saga_1',
  step: 'reserve',
  direction: 'action',
  fingerprint: 'f1',
  epoch: 1,
  atMs: 1_000,
  ...changes,
});
const undo = (changes: Partial<BarrierCall> = {}) => call({ direction: 'compensation', ...changes });
const done = (value: string): StoredAnswer<string> => ({ kind: 'done', value });
const no: StoredAnswer<string> = { kind: 'refused', refusal: { code: 'out_of_stock', message: 'none left' } };
const tombstone = { kind: 'refused', refusal: alreadyCompensated };

test('a repeated call got the first answer and took effect once', async () => {
  const database = await open();
  const first = await database.write('once', { call: call(), answer: done('first') });
  const second = await database.write('once', { call: call({ atMs: 2_000 }), answer: done('second') });
  expect(first).toEqual({ kind: 'answered', answer: done('first'), replayed: false });
  expect(second).toEqual({ kind: 'answered', answer: done('first'), replayed: true });
  expect(await database.read('effects')).toEqual(['saga_1 reserve action']);
});

test('a business "no" was as durable as a success', async () => {
  const database = await open();
  await database.write('once', { call: call(), answer: no });
  const second = await database.write('once', { call: call(), answer: done('now there is stock') });
  expect(second).toEqual({ kind: 'answered', answer: no, replayed: true });
});

test('steps, directions and sagas did not share a key', async () => {
  const database = await open();
  const calls = [call(), undo(), call({ step: 'charge' }), call({ sagaId: 'saga_2' })];
  for (const one of calls) await database.write('once', { call: one, answer: done('') });
  expect(await database.read('effects')).toHaveLength(calls.length);
});

test('a compensation that came first ran, and its late action took no effect', async () => {
  const database = await open();
  const first = await database.write('once', { call: undo(), answer: done('nothing to undo') });
  const late = await database.write('once', { call: call(), answer: done('too late') });
  expect(first).toEqual({ kind: 'answered', answer: done('nothing to undo'), replayed: false });
  expect(late).toEqual({ kind: 'answered', answer: tombstone, replayed: true });
  expect(await database.read('effects')).toEqual(['saga_1 reserve compensation']);
});

test('a compensation left the answer of an action that came before it', async () => {
  const database = await open();
  await database.write('once', { call: call(), answer: done('held') });
  await database.write('once', { call: undo(), answer: done('released') });
  const repeated = await database.write('once', { call: call(), answer: done('again') });
  expect(repeated).toEqual({ kind: 'answered', answer: done('held'), replayed: true });
});

test('a key that came with another request was refused and took no effect', async () => {
  const database = await open();
  await database.write('once', { call: call(), answer: done('first') });
  const other = await database.write('once', { call: call({ fingerprint: 'f2' }), answer: done('other') });
  expect(other).toEqual({ kind: 'otherRequest' });
  expect(await database.read('effects')).toHaveLength(1);
});

test('a tombstone answered whatever the late action asked', async () => {
  const database = await open();
  await database.write('once', { call: undo(), answer: done('') });
  const late = await database.write('once', { call: call({ fingerprint: 'any' }), answer: done('') });
  expect(late).toMatchObject({ kind: 'answered', answer: tombstone });
});

test('a call with a lower epoch than the saga has seen was refused and left nothing', async () => {
  const database = await open();
  await database.write('once', { call: call({ epoch: 2 }), answer: done('') });
  for (const stale of [call(), undo(), call({ step: 'charge' })]) {
    expect(await database.write('once', { call: stale, answer: done('') })).toEqual({
      kind: 'stale',
      newestEpoch: 2,
    });
  }
  expect(await database.read('rows')).toBe(1);
});

test('a repeated call raised the fence', async () => {
  const database = await open();
  await database.write('once', { call: call({ epoch: 1 }), answer: done('') });
  await database.write('once', { call: call({ epoch: 5 }), answer: done('') });
  const stale = await database.write('once', { call: undo({ epoch: 4 }), answer: done('') });
  expect(stale).toEqual({ kind: 'stale', newestEpoch: 5 });
});

test('the fence of one saga did not stop another', async () => {
  const database = await open();
  await database.write('once', { call: call({ epoch: 9 }), answer: done('') });
  const other = await database.write('once', { call: call({ sagaId: 'saga_2' }), answer: done('') });
  expect(other.kind).toBe('answered');
});

test('a caller without epochs was served until a driver with epochs came', async () => {
  const database = await open();
  const byHand = await database.write('once', { call: call({ epoch: 0 }), answer: done('') });
  await database.write('once', { call: call({ epoch: 1 }), answer: done('') });
  const afterwards = await database.write('once', { call: undo({ epoch: 0 }), answer: done('') });
  expect(byHand.kind).toBe('answered');
  expect(afterwards).toEqual({ kind: 'stale', newestEpoch: 1 });
});

test('an effect that threw left no row, so that the call could be repeated', async () => {
  const database = await open();
  await expect(database.write('onceThenThrow', call())).rejects.toThrow('the effect failed');
  const repeated = await database.write('once', { call: call(), answer: done('second try') });
  expect(repeated).toMatchObject({ answer: done('second try'), replayed: false });
  expect(await database.read('effects')).toHaveLength(1);
});

test('a call was open exactly until it was answered, ruled out by a tombstone, or fenced', async () => {
  const database = await open();
  expect(await database.read('isOpen', call())).toBe(true);
  await database.write('once', { call: call(), answer: done('') });
  expect(await database.read('isOpen', call())).toBe(false);
  expect(await database.read('isOpen', undo())).toBe(true);
  expect(await database.read('isOpen', undo({ epoch: 0 }))).toBe(false);
  await database.write('once', { call: undo({ step: 'charge' }), answer: done('') });
  expect(await database.read('isOpen', call({ step: 'charge' }))).toBe(false);
});

test('a replay without its effect at hand raised the fence as well', async () => {
  const database = await open();
  await database.write('once', { call: call(), answer: done('kept') });
  const replay = await database.write('replay', call({ epoch: 3 }));
  expect(replay).toEqual({ kind: 'answered', answer: done('kept'), replayed: true });
  expect(await database.write('replay', call({ epoch: 2 }))).toEqual({ kind: 'stale', newestEpoch: 3 });
});

test('two processes that raced for one key agreed on one answer', async () => {
  const file = temporaryFile();
  const databases = await Promise.all([open(file), open(file)]);
  const verdicts = await Promise.all(
    databases.flatMap((database, index) =>
      Array.from({ length: 50 }, (_, saga) =>
        database.write('once', { call: call({ sagaId: `saga_${saga}` }), answer: done(`from ${index}`) }),
      ),
    ),
  );
  const [one, other] = [verdicts.slice(0, 50), verdicts.slice(50)];
  expect(one.map(answerOf)).toEqual(other.map(answerOf));
  expect(await databases[0]?.read('effects')).toHaveLength(50);
});

const answerOf = (verdict: { readonly kind: string; readonly answer?: unknown }) => verdict.answer;

test('any order of actions, compensations and epochs kept the promises', async () => {
  const anyCall = fc.record({
    direction: fc.constantFrom('action' as const, 'compensation' as const),
    step: fc.constantFrom('reserve', 'charge'),
    epoch: fc.nat({ max: 3 }),
  });
  const property = fc.asyncProperty(fc.array(anyCall, { maxLength: 30 }), async (calls) => {
    const program = new URL('./barrier-program.ts', import.meta.url);
    const database = await openDatabase<BarrierOperations>({ file: ':memory:', program, thread: false });
    const answers = new Map<string, unknown>();
    const compensated = new Set<string>();
    let fence = 0;
    for (const [index, { direction, step, epoch }] of calls.entries()) {
      const verdict = await database.write('once', {
        call: call({ direction, step, epoch }),
        answer: done(String(index)),
      });
      if (epoch < fence) {
        expect(verdict).toEqual({ kind: 'stale', newestEpoch: fence });
        continue;
      }
      fence = epoch;
      const key = `${step} ${direction}`;
      const ruledOut = direction === 'action' && compensated.has(step) ? tombstone : undefined;
      const expected = answers.get(key) ?? ruledOut ?? done(String(index));
      expect(verdict).toMatchObject({ kind: 'answered', answer: expected });
      answers.set(key, expected);
      if (direction === 'compensation') compensated.add(step);
    }
    const effects = await database.read('effects');
    expect(new Set(effects).size).toBe(effects.length);
    for (const step of compensated) {
      const order = effects.filter((name) => name.includes(step)).map((name) => name.split(' ')[2]);
      expect([['compensation'], ['action', 'compensation']]).toContainEqual(order);
    }
    await database.close();
  });
  await fc.assert(property, { numRuns: 200 });
});
