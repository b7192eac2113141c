import type { CaseResult } from './run-case.ts';
import type { End, Scenario } from './scenarios.ts';

/** A column of the matrix. `recovery`: orders of any scenario whose process was killed again while it recovered them. */
export type Column = Scenario['name'] | 'recovery';

export const columns: readonly Column[] = [
  'happy',
  'declined',
  'out-of-stock',
  'lost-reply',
  'compensation',
  'recovery',
];

/** How often a kill at one boundary in one column ended which way. */
export type Cell = Readonly<Record<End, number>>;

export type MatrixRow = { readonly point: string; readonly cells: Readonly<Partial<Record<Column, Cell>>> };

/** What a crash test found. */
export type CrashReport = {
  readonly result: 'passed' | 'failed';
  readonly seed: number;
  readonly rounds: number;
  readonly orders: number;
  /** Processes that were killed. */
  readonly kills: number;
  readonly duration_ms: number;
  /** From the start of a process to its listening. */
  readonly ready_ms: { readonly median: number; readonly p99: number; readonly longest: number };
  readonly matrix: readonly MatrixRow[];
  readonly problems: readonly string[];
};

export type ReportParts = Pick<CrashReport, 'seed' | 'rounds'> & {
  readonly results: readonly CaseResult[];
  /** Problems that belong to no single case. */
  readonly problems: readonly string[];
  readonly readyMs: readonly number[];
  readonly durationMs: number;
};

export function reportFrom(parts: ReportParts): CrashReport {
  const { seed, rounds, results, readyMs, durationMs } = parts;
  const problems = [...parts.problems, ...results.flatMap(problemsOf)];
  const sorted = readyMs.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.ceil((sorted.length - 1) * share)] ?? 0);
  return {
    result: problems.length === 0 ? 'passed' : 'failed',
    seed,
    rounds,
    orders: results.length,
    kills: results.reduce((sum, { boundaries }) => sum + boundaries.length, 0),
    duration_ms: Math.round(durationMs),
    ready_ms: { median: at(0.5), p99: at(0.99), longest: at(1) },
    matrix: matrixFrom(results),
    problems,
  };
}

const problemsOf = ({ crashCase, boundaries, problems }: CaseResult): string[] =>
  problems.map(
    (problem) =>
      `case ${crashCase.number}, ${crashCase.scenario.name}, killed ${boundaries.join(' and then ')}: ${problem}`,
  );

/** One row for each boundary, in the order in which orders pass them. */
function matrixFrom(results: readonly CaseResult[]): MatrixRow[] {
  const rows = new Map<string, Partial<Record<Column, Record<End, number>>>>();
  const inOrder = results.toSorted(
    (a, b) =>
      columnNumber(a) - columnNumber(b) ||
      a.crashCase.at - b.crashCase.at ||
      a.crashCase.number - b.crashCase.number,
  );
  for (const result of inOrder) {
    const point = result.boundaries.at(-1);
    if (point === undefined) continue;
    const row = rows.get(point) ?? {};
    const cell = row[columnOf(result)] ?? { CONFIRMED: 0, CANCELLED: 0 };
    cell[result.end] += 1;
    row[columnOf(result)] = cell;
    rows.set(point, row);
  }
  return [...rows].map(([point, cells]) => ({ point, cells }));
}

const columnOf = ({ crashCase, boundaries }: CaseResult): Column =>
  boundaries.length > 1 ? 'recovery' : crashCase.scenario.name;
const columnNumber = (result: CaseResult): number => columns.indexOf(columnOf(result));
