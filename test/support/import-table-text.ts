import type { Row } from './import-table.ts';

/** The import table in Markdown, for docs/architecture.md. */
export function textFromTable(table: readonly Row[]): string {
  const rows = table.map(({ folder, what, src, packages, node }) => [
    nameOf(folder),
    what,
    src.includes('**') ? 'all' : listOf(src.map((name) => name.replace('../', ''))),
    listOf([...(node === 'any' ? ['node:*'] : []), ...packages]),
  ]);
  const head = ['of `src`', 'what it is', 'may import from `src`', 'and from outside'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

const nameOf = (folder: string): string => (folder.endsWith('.ts') ? `\`${folder}\`` : `\`${folder}/\``);

const listOf = (names: readonly string[]): string =>
  names.length === 0 ? '–' : names.map((name) => `\`${name}\``).join(', ');
