import { expect, it } from 'vitest';
import { reportFrom } from '../../src/crash-test/crash-report.ts';
import { type CrashCase, planCases } from '../../src/crash-test/plan.ts';
import type { CaseResult } from '../../src/crash-test/run-case.ts';
import { scenarios } from '../../src/crash-test/scenarios.ts';
import { createTrap } from '../../src/crash-test/trap.ts';
import { createRandom } from '../../src/seeded-random.ts';
import { runBuilt } from '../support/service-process.ts';

const points = process.env.CI ? 40 : 12;

it(`killed the real system at ${points} boundaries, and every order ended right`, {
  timeout: 1_800_000,
}, async () => {
  const { code, stdout, stderr } = await runBuilt(['crash-test', '--points', String(points), '--json']);
  const seed = /Seed (\d+)/.exec(stderr)?.[1];
  const report = JSON.parse(stdout || '{}');
  expect(report.problems, `seed ${seed}\n${stderr}`).toEqual([]);
  expect(code).toBe(0);
  expect(report.kills).toBeGreaterThan(points / 2);
  process.stderr.write(
    `${report.kills} kills in ${Math.round(report.duration_ms / 1_000)} s, ready after ${report.ready_ms.median} ms (median)\n`,
  );
});

it('refused what is no number of kills', async () => {
  const { code, stderr } = await runBuilt(['crash-test', '--points', 'some']);
  expect(code).toBe(2);
  expect(stderr).toContain('Write a whole number, or all.');
});

const [happy, declined] = scenarios;
if (happy === undefined || declined === undefined) throw new Error('the scenarios are gone');
const surveys = [
  { scenario: happy, boundaries: ['a', 'b', 'c'] },
  { scenario: declined, boundaries: ['a', 'b'] },
];

it('planned every boundary of every scenario, each with and without a second kill', () => {
  const cases = planCases(surveys, { rounds: 2, points: 'all', random: createRandom(1) });
  expect(cases).toHaveLength(2 * 2 * 5);
  for (const scenario of [happy, declined])
    for (const second of [true, false])
      expect(
        cases
          .filter((one) => one.scenario === scenario && (one.recoveryAt !== undefined) === second)
          .map(({ at }) => at),
      ).toEqual(scenario === happy ? [1, 2, 3, 1, 2, 3] : [1, 2, 1, 2]);
});

it('planned the same sample for the same seed, and no more kills than asked for', () => {
  const plan = () => planCases(surveys, { rounds: 10, points: 7, random: createRandom(5) });
  expect(plan()).toEqual(plan());
  expect(plan().reduce((kills, { recoveryAt }) => kills + (recoveryAt === undefined ? 1 : 2), 0)).toBe(7);
});

it('sprang the trap at the boundary it was set to, and at no other', () => {
  const sprung: string[] = [];
  const trap = createTrap((boundary) => sprung.push(boundary));
  for (const boundary of ['a', 'b']) trap.pass(boundary);
  trap.set(2);
  for (const boundary of ['c', 'd', 'e']) trap.pass(boundary);
  expect(sprung).toEqual(['d']);
  expect(trap.passed()).toEqual(['c', 'd', 'e']);
});

it('reported the end of each kill where it belongs, and failed over any problem', () => {
  const crashCase: CrashCase = { number: 0, scenario: happy, at: 1 };
  const once: CaseResult = { crashCase, boundaries: ['before x'], end: 'CONFIRMED', problems: [] };
  const twice: CaseResult = {
    crashCase: { ...crashCase, number: 1, recoveryAt: 2 },
    boundaries: ['before x', 'before y'],
    end: 'CANCELLED',
    problems: ['order 1 is CANCELLED, but had to be CONFIRMED'],
  };
  const parts = { seed: 1, rounds: 1, problems: [], readyMs: [3, 1, 2], durationMs: 5 };
  const report = reportFrom({ ...parts, results: [twice, once, once] });
  expect(report).toMatchObject({
    result: 'failed',
    kills: 4,
    orders: 3,
    ready_ms: { median: 2, longest: 3 },
  });
  expect(report.matrix).toEqual([
    { point: 'before x', cells: { happy: { CONFIRMED: 2, CANCELLED: 0 } } },
    { point: 'before y', cells: { recovery: { CONFIRMED: 0, CANCELLED: 1 } } },
  ]);
  expect(report.problems).toEqual([
    'case 1, happy, killed before x and then before y: order 1 is CANCELLED, but had to be CONFIRMED',
  ]);
  expect(reportFrom({ ...parts, results: [once] }).result).toBe('passed');
});
