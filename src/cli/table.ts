import type { Colours } from './terminal.ts';

/** A column: its heading and the alignment of its cells. */
export type Column = { readonly head: string; readonly align?: 'left' | 'right' };

/** A table as text without borders, one line per row. */
export async function tableText(
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
  colours: Colours,
): Promise<string> {
  // Loaded here because most command lines print no table.
  const { default: Table } = await import('cli-table3');
  const table = new Table({
    head: columns.map(({ head }) => colours.bold(head)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: Object.fromEntries(borders.map((name) => [name, ''])),
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const borders = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
];
