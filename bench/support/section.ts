import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { median, spread } from './median.ts';
import { replaceSection } from './replace-section.ts';
import { commandLine, type Figures, machineLine } from './rounds.ts';

export type Measured = ReadonlyMap<string, readonly Figures[]>;

export type Column = {
  /** Key of the figures, and heading. */
  readonly key: string;
  readonly digits: number;
};

/** What an issue asks for, and what came out. */
export type Gate = {
  readonly what: string;
  readonly value: number;
  readonly gate: number;
  readonly aim?: number;
  readonly better: 'more' | 'less';
};

/** All rounds of one figure; empty when it was not measured. */
export const valuesOf = (rounds: readonly Figures[] | undefined, key: string): readonly number[] =>
  (rounds ?? []).map((figures) => figures[key] ?? Number.NaN).filter((value) => !Number.isNaN(value));

/** NaN when it was not measured. */
export const medianOf = (measured: Measured, name: string, key: string): number =>
  median(valuesOf(measured.get(name), key));

/**
 * The median over all rounds of a figure of one name : that of another in the same round, so that a machine which
 * changes its speed from round to round changes both.
 */
export function ratioInRounds(
  measured: Measured,
  key: string,
  names: { one: string; other: string },
): number {
  const [one, other] = [measured.get(names.one) ?? [], measured.get(names.other) ?? []];
  const ratios = one.map(
    (figures, round) => (figures[key] ?? Number.NaN) / (other[round]?.[key] ?? Number.NaN),
  );
  return median(ratios.filter((ratio) => !Number.isNaN(ratio)));
}

/**
 * A Markdown table with a row for each name: medians with lowest and highest. Columns that nobody has a value for are
 * left out.
 *
 * @param first heading of the first column
 * @param ratioOf key of the figure whose ratio to the first row is shown
 */
export function figuresTable(
  measured: Measured,
  { first, columns, ratioOf }: { first: string; columns: readonly Column[]; ratioOf?: string },
): string {
  const shown = columns.filter(({ key }) =>
    [...measured.values()].some((rounds) => valuesOf(rounds, key).length > 0),
  );
  const [base = ''] = measured.keys();
  const headings = [first, ...shown.map(({ key }) => key), ...(ratioOf ? [`${ratioOf}, it : ${base}`] : [])];
  const rows = [...measured].map(([name, rounds]) => [
    name,
    ...shown.map(({ key, digits }) => cell(valuesOf(rounds, key), digits)),
    ...(ratioOf ? [ratioText(medianOf(measured, name, ratioOf) / medianOf(measured, base, ratioOf))] : []),
  ]);
  return [headings, headings.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

const cell = (values: readonly number[], digits: number): string =>
  values.length === 0 ? '' : spread(values, digits);

const ratioText = (ratio: number): string => (Number.isNaN(ratio) ? '' : ratio.toFixed(2));

/** Empty when nothing of it was measured. */
export function gatesTable(gates: readonly Gate[]): string {
  const measured = gates.filter(({ value }) => !Number.isNaN(value));
  if (measured.length === 0) return '';
  const rows = measured.map(({ what, value, gate, aim, better }) => {
    const [sign, passes] = better === 'more' ? ['≥', value >= gate] : ['≤', value <= gate];
    const aimed = aim === undefined ? '' : `${sign} ${aim}`;
    return `| ${what} | ${sign} ${gate} | ${aimed} | ${value.toFixed(2)} | ${passes ? 'yes' : 'no'} |`;
  });
  return ['| | gate | aim | measured | gate met |', '|---|---|---|---|---|', ...rows].join('\n');
}

/** How it came about, and what came out, as every section of docs/performance.md begins. */
export const sectionText = (script: string, parts: readonly string[]): string =>
  [
    `\`${commandLine(script)}\`  \n${machineLine()}. Median (lowest to highest).`,
    ...parts.filter((part) => part !== ''),
  ].join('\n\n');

/** Prints the text, and puts it into docs/performance.md between its markers if `write` says so. */
export async function publish(name: string, text: string, write: boolean): Promise<void> {
  process.stdout.write(`${text}\n`);
  if (!write) return;
  const page = new URL('../../docs/performance.md', import.meta.url);
  await writeFile(page, replaceSection(await readFile(page, 'utf8'), name, text));
}
