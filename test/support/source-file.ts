import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export type SourceFile = {
  /** From `src/` on, with forward slashes: `saga/decide.ts`. */
  readonly path: string;
  readonly text: string;
};

export type Import = {
  /** As written, or for a relative import the path from `src/` on. */
  readonly target: string;
  readonly kind: 'src' | 'node' | 'package';
};

/** Every TypeScript file under a folder but those in `except`, in a stable order. */
export function readSources(root: string, except: readonly string[]): readonly SourceFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.tsx?$/.test(path) && !except.some((folder) => path.startsWith(`${folder}/`)))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

const commentsAndStrings = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g;

/** The code without its comments. */
export const withoutComments = (text: string): string =>
  text.replace(commentsAndStrings, (found) => (found.startsWith('/') ? '' : found));

/** The code without its comments and its quoted strings, which only talk about things. */
export const bareCode = (text: string): string =>
  text.replace(commentsAndStrings, (found) => (found.startsWith('/') ? '' : "''"));

const importForms = [
  /^\s*(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]/g,
];

/** Everything a file imports, types and re-exports and dynamic imports included. */
export function importsOf({ path, text }: SourceFile): readonly Import[] {
  const code = withoutComments(text);
  const written = importForms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] ?? ''));
  return [...new Set(written)].map((target): Import => {
    if (target.startsWith('.'))
      return { kind: 'src', target: posix.normalize(posix.join(posix.dirname(path), target)) };
    return { kind: target.startsWith('node:') ? 'node' : 'package', target };
  });
}

/** `@scope/name/deep` and `name/deep` without what comes after the package's name. */
export const packageName = (target: string): string =>
  target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
