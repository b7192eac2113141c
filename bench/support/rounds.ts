import { cpus } from 'node:os';
import process from 'node:process';

/** What was measured once, by the name of the column. NaN is what was not measured. */
export type Figures = Readonly<Record<string, number>>;

/**
 * Measures each name once a round, forwards and backwards in turn (A B B A), so that a machine that grows slower or
 * faster favours nobody.
 *
 * @param measure rounds count from 0
 */
export async function inRounds(
  names: readonly string[],
  rounds: number,
  measure: (name: string, round: number) => Promise<Figures>,
): Promise<ReadonlyMap<string, readonly Figures[]>> {
  const measured = new Map<string, Figures[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      progress(`round ${round + 1} of ${rounds}, ${name}`);
      const figures = await measure(name, round);
      measured.get(name)?.push(figures);
      progress(`  ${name}: ${lineOf(figures)}`);
    }
  }
  return measured;
}

const lineOf = (figures: Figures): string =>
  Object.entries(figures)
    .filter(([, value]) => !Number.isNaN(value))
    .map(([name, value]) => `${name} ${value.toFixed(value < 100 ? 2 : 0)}`)
    .join(', ');

/** A line on stderr, with the time. */
export function progress(text: string): void {
  process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${text}\n`);
}

/** What this process was started with, as a person would type it. @param script of package.json */
export function commandLine(script: string): string {
  const given = process.argv.slice(2).map((word) => (/^[\w,.:=/-]+$/.test(word) ? word : `'${word}'`));
  return `npm run ${[script, ...(given.length > 0 ? ['--'] : []), ...given].join(' ')}`;
}

export const machineLine = (): string =>
  `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
