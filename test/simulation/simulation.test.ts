import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { planFromSeed } from './draw-plan.ts';
import type { Plan } from './plan.ts';
import { shrink } from './shrink.ts';
import { type SimulationReport, simulate } from './simulate.ts';

/** What failed, with the command that replays it. */
const failuresOf = ({ failures }: SimulationReport) =>
  failures.map((failed) => ({
    ...failed,
    replay: `npm run simulate -- --schedules 1 --seed ${failed.seed} --story`,
  }));

test('keeps every promise in a thousand schedules that meet all kinds of faults', {
  timeout: 300_000,
}, async () => {
  const report = await simulate({ seed: 1, schedules: 1_000 });
  expect(failuresOf(report)).toEqual([]);
  expect(report.schedules).toBe(1_000);
  expect(Object.keys(report.coverage)).toEqual(
    expect.arrayContaining([
      'gateway crash during compensation',
      'gateway crash during recovery',
      'takeover of a living owner',
      'call loseReply',
      'disk full: log',
      'commit failed after the write: log',
      'tombstone met',
      'stale epoch refused',
      'append conflict',
    ]),
  );
});

test('keeps every promise in schedules that nobody has seen', { timeout: 300_000 }, async () => {
  expect(failuresOf(await simulate({ seed: Date.now() % 1_000_000_000, schedules: 600 }))).toEqual([]);
});

test('replays a schedule step by step, exactly', { timeout: 60_000 }, async () => {
  const replay = ['scripts/simulate.ts', '--schedules', '1', '--seed', '81', '--story'];
  const story = async () => (await promisify(execFile)(process.execPath, replay)).stdout;
  const [first, second] = await Promise.all([story(), story()]);
  expect(first.split('\n').length).toBeGreaterThan(50);
  expect(second).toBe(first);
});

test('shrinks a failing schedule to the faults and orders that it takes', async () => {
  const plans = Array.from({ length: 1_000 }, (_, seed) => planFromSeed(seed));
  const plan = plans.find(({ faults, orders }) => faults.length >= 8 && orders.length >= 3);
  if (plan === undefined) throw new Error('some schedule is as large as that');
  const [, culprit, , accomplice] = plan.faults;
  const isGuilty = ({ faults, orders }: Plan): boolean =>
    [culprit, accomplice].every((fault) => fault && faults.includes(fault)) &&
    orders.some(({ order }) => order === 2);
  const small = await shrink(plan, async (smaller) => isGuilty(smaller));
  expect(small.faults).toEqual([culprit, accomplice]);
  expect(small.orders.map(({ order }) => order)).toEqual([2]);
});
