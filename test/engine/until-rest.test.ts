import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import type { RestingSaga } from '../../src/engine/until-rest.ts';
import { createFixture, failing, no, sagaId } from './engine-fixture.ts';

/** A waiter, and how its wait went so far. */
function waitOn(engine: Engine, id: string) {
  const over = new AbortController();
  const answers: (RestingSaga | undefined)[] = [];
  const ended = engine.untilRest(id, over.signal).then((saga) => void answers.push(saga));
  return { answers, ended, stop: () => over.abort() };
}

describe('who waits for a saga that this process drives', () => {
  test.each([
    ['completed', {}],
    ['compensated', { 'charge-payment': [no('payment_declined')] }],
    ['halted', { 'charge-payment': [no('payment_declined')], 'release-stock': [failing('faulted')] }],
  ] as const)('hears that it is %s, and the log says the same', async (status, script) => {
    const { accept, clock, engine, log } = createFixture({ script });
    const id = await accept();
    const { answers } = waitOn(engine, id);
    await clock.advance(0);
    expect(answers).toMatchObject([{ state: { status } }]);
    expect(answers[0]?.record).toEqual(await log.get(id));
  });

  test('hears nothing before its end is durable', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const { accept, clock, engine, status } = createFixture({ holding: answered });
    const id = await accept();
    const { answers } = waitOn(engine, id);
    await clock.advance(10_000);
    expect(answers).toEqual([]);
    answer();
    await clock.advance(0);
    expect(answers.map((saga) => saga?.state.status)).toEqual([await status(id)]);
    expect(await status(id)).toBe('completed');
  });

  test('waits on while its driver fails and recovery takes it up again', async () => {
    const { accept, clock, engine, status } = createFixture({
      script: { 'charge-payment': [{ kind: 'fenced' }, failing('retryable')] },
    });
    await engine.start();
    const id = await accept();
    const { answers } = waitOn(engine, id);
    await clock.advance(0);
    expect(answers).toEqual([]);
    expect(engine.status().live).toBe(0);
    await clock.advanceUntil(() => answers.length > 0);
    expect(await status(id)).toBe('compensated');
    expect(answers).toMatchObject([{ state: { status: 'compensated' }, record: { epoch: 2 } }]);
  });

  test('is let go when the wait is over, also after the engine was stopped', async () => {
    const { accept, clock, engine } = createFixture({ script: { 'create-order': [failing('retryable')] } });
    const id = await accept();
    const [early, late] = [waitOn(engine, id), waitOn(engine, id)];
    await clock.advance(0);
    early.stop();
    await early.ended;
    expect(early.answers).toEqual([undefined]);
    expect(late.answers).toEqual([]);
    await engine.stop(0);
    await clock.advance(5_000);
    late.stop();
    await late.ended;
    expect(late.answers).toEqual([undefined]);
  });
});

describe('who waits for a saga that this process does not drive', () => {
  test('has to ask the log at once when there is none, or it ended before', async () => {
    const { accept, clock, engine } = createFixture();
    const id = await accept();
    await clock.advance(0);
    const waits = [waitOn(engine, id), waitOn(engine, sagaId(9))];
    await Promise.all(waits.map(({ ended }) => ended));
    expect(waits.map(({ answers }) => answers)).toEqual([[undefined], [undefined]]);
  });

  test('has to ask the log once another process brought it to its end', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const first = createFixture({ holding: answered, owner: 'first', pid: 1 });
    const { clock, disk } = first;
    const second = createFixture({ disk, clock, owner: 'second', pid: 2 });
    const id = await first.accept();
    const { answers } = waitOn(second.engine, id);
    await clock.advance(5_000);
    expect(answers).toEqual([]);
    answer();
    await clock.advance(1_000);
    expect(await second.status(id)).toBe('completed');
    expect(answers).toEqual([undefined]);
  });
});
