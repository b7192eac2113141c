import type { Row } from './import-table.ts';
import { type Import, importsOf, packageName, type SourceFile } from './source-file.ts';

const liesIn = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** The row a file belongs to. */
export const rowOf = (table: readonly Row[], path: string): Row | undefined =>
  table.filter(({ folder }) => liesIn(path, folder)).toSorted((a, b) => b.folder.length - a.folder.length)[0];

/** Every import that the table does not allow, as a sentence with file, import and row. */
export function forbiddenImports(table: readonly Row[], files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => {
    const row = rowOf(table, file.path);
    if (row === undefined) return [`src/${file.path} lies in no folder of the import table`];
    return importsOf(file)
      .filter((target) => !isAllowed(table, row, target))
      .map(({ target }) => `src/${file.path} imports ${target}, but ${rowText(row)}`);
  });
}

function isAllowed(table: readonly Row[], row: Row, { kind, target }: Import): boolean {
  switch (kind) {
    case 'node':
      return row.node === 'any';
    case 'package':
      return row.packages.some((name) =>
        name.endsWith('/*') ? target.startsWith(name.slice(0, -1)) : packageName(target) === name,
      );
    case 'src':
      return liesIn(target, row.folder) && rowOf(table, target) === row
        ? true
        : row.src.some((folder) => matches(folder, target));
  }
}

function matches(folder: string, target: string): boolean {
  if (folder === '**') return true;
  if (folder.endsWith('/**')) return target.startsWith(folder.slice(0, -2));
  return target === folder || target.slice(0, target.lastIndexOf('/')) === folder;
}

function rowText({ folder, src, packages, node }: Row): string {
  const allowed = [...src.map((name) => `src/${name}`), ...packages, ...(node === 'any' ? ['node:*'] : [])];
  return `the row of src/${folder} allows ${allowed.length === 0 ? 'nothing' : allowed.join(', ')}`;
}

/** Every import cycle among the files, once each, as `a → b → a`. Types count: a cycle of types is one of ideas. */
export function importCycles(files: readonly SourceFile[]): readonly string[] {
  const edges = new Map(
    files.map((file) => [
      file.path,
      importsOf(file).flatMap(({ kind, target }) => (kind === 'src' ? [target] : [])),
    ]),
  );
  const finished = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt !== -1) {
      cycles.push([...trail.slice(seenAt), path].join(' → '));
      return;
    }
    if (finished.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    finished.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}
