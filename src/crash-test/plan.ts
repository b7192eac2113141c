import type { Scenario } from './scenarios.ts';

/** One order and where its process is killed: once on its way and, for some, once more while it is recovered. */
export type CrashCase = {
  readonly number: number;
  readonly scenario: Scenario;
  /** Boundary of the order's way at which its process dies, 1-based. */
  readonly at: number;
  /** Boundary of the recovery at which the next process dies, 1-based; undefined: it lives. */
  readonly recoveryAt?: number;
};

/** A scenario and every boundary that it passes when nobody is killed. */
export type Survey = { readonly scenario: Scenario; readonly boundaries: readonly string[] };

export type PlanOptions = {
  /** How often every boundary gets its turn. Kills in recoveries fall somewhere else in every round. */
  readonly rounds: number;
  /** Most kills; a smaller number than all takes a sample. */
  readonly points: number | 'all';
  /** Uniform in [0, 1). */
  readonly random: () => number;
};

// A recovery first claims the saga and records that; then the saga goes on where its log ends.
const recoveryOverhead = 4;

/** Every boundary of every scenario in turn, each once with and once without a second kill. */
export function planCases(
  surveys: readonly Survey[],
  { rounds, points, random }: PlanOptions,
): readonly CrashCase[] {
  const all: Omit<CrashCase, 'number'>[] = [];
  for (let round = 0; round < rounds; round += 1)
    for (const { scenario, boundaries } of surveys)
      for (const index of boundaries.keys()) {
        const at = index + 1;
        const left = boundaries.length - index + recoveryOverhead;
        all.push({ scenario, at }, { scenario, at, recoveryAt: 1 + Math.floor(random() * left) });
      }
  const chosen = points === 'all' ? all : sample(all, points, random);
  return chosen.map((one, number) => ({ ...one, number }));
}

const killsIn = ({ recoveryAt }: Omit<CrashCase, 'number'>): number => (recoveryAt === undefined ? 1 : 2);

/** Cases drawn from all, of at most `points` kills. */
function sample(
  all: readonly Omit<CrashCase, 'number'>[],
  points: number,
  random: () => number,
): readonly Omit<CrashCase, 'number'>[] {
  const shuffled = all.map((one) => ({ one, order: random() })).toSorted((a, b) => a.order - b.order);
  let kills = 0;
  return shuffled.flatMap(({ one }) => {
    if (kills + killsIn(one) > points) return [];
    kills += killsIn(one);
    return [one];
  });
}
