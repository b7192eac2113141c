import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Defect, defects } from './defects.ts';

const source = new URL('../../src/', import.meta.url).href;
const parameter = 'defect';

/** The query that makes {@link registerDefects} load a broken copy of the product; see `loadSystem`. */
export const queryFor = (defect: string): string => `?${parameter}=${defect}`;

/**
 * From now on a module of the product imported with a defect's query is that defect's copy, and so is everything that
 * it imports. The product itself knows nothing of this: no flag, no branch. Applies to the calling thread.
 */
export function registerDefects(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const defect = context.parentURL && defectOf(context.parentURL);
      const isOurs = resolved.url.startsWith(source) && !resolved.url.includes('?');
      return defect && isOurs ? { ...resolved, url: resolved.url + queryFor(defect) } : resolved;
    },
    load(url, context, nextLoad) {
      const defect = url.startsWith(source) ? defectOf(url) : undefined;
      if (defect === undefined || !url.includes('.ts?')) return nextLoad(url, context);
      const text = readFileSync(fileURLToPath(url.split('?')[0] ?? url), 'utf8');
      const path = url.slice(source.length).split('?')[0] ?? '';
      return { format: 'module-typescript', source: broken(text, path, named(defect)), shortCircuit: true };
    },
  });
}

const defectOf = (url: string): string | undefined => new URL(url).searchParams.get(parameter) ?? undefined;

function named(name: string): Defect {
  const defect = defects.find((candidate) => candidate.name === name);
  if (defect === undefined) throw new Error(`no defect is called ${name}; see test/simulation/defects.ts`);
  return defect;
}

/** @throws Error when a piece to replace is not there exactly once: the product changed, and the defect must follow */
export function broken(text: string, path: string, defect: Defect): string {
  return [defect, ...(defect.also ?? [])]
    .filter(({ file }) => file === path)
    .reduce((patched, { find, replace }) => {
      if (patched.split(find).length !== 2)
        throw new Error(`defect ${defect.name}: ${path} must hold its text exactly once: ${find}`);
      return patched.replace(find, () => replace);
    }, text);
}
