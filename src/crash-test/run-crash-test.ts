import { createRandom } from '../seeded-random.ts';
import { verifyFiles } from '../verify/files/verify-files.ts';
import { type CrashReport, reportFrom } from './crash-report.ts';
import { type CrashCase, type PlanOptions, planCases } from './plan.ts';
import { type CaseResult, runCase } from './run-case.ts';
import { type ShopLives, startShopLives } from './shop-lives.ts';
import { surveyScenarios } from './survey.ts';

export type CrashTestOptions = Pick<PlanOptions, 'rounds' | 'points'> & {
  readonly seed: number;
  /** Shops that are killed side by side, each in a directory of its own. */
  readonly parallel: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Milliseconds that only ever grow. */
  readonly elapsedMs: () => number;
  readonly onProgress?: (progress: CrashProgress) => void;
  /** Ends the run after the orders under way; what was found so far is reported. Default: never. */
  readonly signal?: AbortSignal;
};

export type CrashProgress = {
  readonly done: number;
  readonly total: number;
  readonly kills: number;
  readonly problems: number;
};

/** Orders that share a data directory: few, so that a check of its books takes milliseconds. */
const casesPerShop = 40;

/**
 * Kills the real system at every boundary in turn and checks what becomes of the order and of the books each time.
 *
 * @throws Error when an order does not end as it should even before anything is killed
 */
export async function runCrashTest(options: CrashTestOptions): Promise<CrashReport> {
  const { seed, rounds, points, parallel, now, elapsedMs } = options;
  const startedMs = elapsedMs();
  const first = await startShopLives(elapsedMs);
  const surveys = await surveyScenarios(first).finally(first.end);
  const cases = planCases(surveys, { rounds, points, random: createRandom(seed) });
  const shops = inGroups(cases, casesPerShop).values();
  const readyMs: number[] = [];
  const results: CaseResult[] = [];
  const broken: string[] = [];

  const isStopped = (): boolean => options.signal?.aborted === true;

  function note(result: CaseResult): void {
    results.push(result);
    const kills = results.reduce((sum, { boundaries }) => sum + boundaries.length, 0);
    const problems = results.reduce((sum, one) => sum + one.problems.length, broken.length);
    options.onProgress?.({ done: results.length, total: cases.length, kills, problems });
  }

  async function worker(): Promise<void> {
    for (const group of shops) {
      if (isStopped()) return;
      const shop = await startShopLives(elapsedMs);
      try {
        for (const one of group) {
          if (isStopped()) break;
          note(await checkedCase(one, shop, now));
        }
      } catch (error) {
        // A shop that cannot go on is a finding; the other shops are tested all the same.
        broken.push(messageOf(error));
      } finally {
        readyMs.push(...shop.readyMs);
        await shop.end();
      }
    }
  }

  await Promise.all(Array.from({ length: parallel }, worker));
  return reportFrom({
    seed,
    rounds,
    results,
    problems: broken,
    readyMs,
    durationMs: elapsedMs() - startedMs,
  });
}

async function checkedCase(one: CrashCase, shop: ShopLives, now: () => number): Promise<CaseResult> {
  const result = await runCase(one, `case ${one.number}`, shop).catch((error: unknown) => {
    throw new Error(
      `case ${one.number}, ${one.scenario.name}, killed at boundary ${one.at}: ${messageOf(error)}`,
    );
  });
  const books = await verifyFiles({ dataDir: shop.dataDir, nowMs: now(), maxAgeMs: 0, threads: 0 });
  const halted = books.halted_orders.map((id) => `order ${id} is halted`);
  const violations = books.violations.map(({ invariant, message }) => `${invariant} ${message}`);
  return { ...result, problems: [...result.problems, ...violations, ...halted] };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function inGroups<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
