import { type Cell, type CrashReport, columns } from '../crash-test/crash-report.ts';
import { tableText } from './table.ts';
import type { Colours } from './terminal.ts';

/** The matrix of a crash test, and what it found. */
export async function crashReportText(report: CrashReport, colours: Colours): Promise<string> {
  const { kills, orders, seed, rounds, ready_ms: ready, matrix, problems } = report;
  const table = await tableText(
    [{ head: 'KILLED' }, ...columns.map((column) => ({ head: column.toUpperCase() }))],
    matrix.map(({ point, cells }) => [point, ...columns.map((column) => cellText(cells[column]))]),
    colours,
  );
  const seconds = Math.round(report.duration_ms / 1_000);
  const facts = `${kills} kills, ${orders} orders, ${seconds} s; ready again after ${ready.median} ms (median), ${ready.p99} ms (p99), ${ready.longest} ms (longest); seed ${seed}, rounds ${rounds}.`;
  const verdict =
    problems.length === 0
      ? colours.green('Every order ended as it has to, and the books balanced after every kill.')
      : colours.red(
          `Found ${problems.length} problems:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
        );
  return `${table}\n\n${legend}\n${facts}\n${verdict}`;
}

const legend =
  'Cells say how the orders ended. RECOVERY: orders of all scenarios, by where their process was killed the second time.';

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return '·';
  const texts: readonly (readonly [number, string])[] = [
    [cell.CONFIRMED, 'confirmed'],
    [cell.CANCELLED, 'cancelled'],
  ];
  return texts.flatMap(([count, text]) => (count > 0 ? [`${count} ${text}`] : [])).join(', ');
}

/** One line about how far a crash test has come. */
export const crashProgressText = ({
  done,
  total,
  kills,
  problems,
}: {
  readonly done: number;
  readonly total: number;
  readonly kills: number;
  readonly problems: number;
}): string => `${done} of ${total} orders, ${kills} kills, ${problems} problems`;
