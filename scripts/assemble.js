// Puts together what runs: the bundle, its entry, and better-sqlite3 with the addon of this platform alone. That package
// is 27 MB with the addons of eight platforms and SQLite's sources, and 2 MB without.
//
//   node scripts/assemble.js DIRECTORY
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Makes the directory anew. `npm run build` comes first. */
export async function assemble(directory) {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const path of ['bin', 'dist', 'LICENSE']) {
    await cp(join(root, path), join(directory, path), { recursive: true });
  }
  const { name, version, license, type, engines, bin } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  const description = { name, version, private: true, license, type, engines, bin };
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(description, null, 2)}\n`);
  await copySqlite(join(directory, 'node_modules', 'better-sqlite3'));
}

async function copySqlite(target) {
  const source = dirname(fileURLToPath(import.meta.resolve('better-sqlite3/package.json')));
  for (const path of ['package.json', 'LICENSE', 'lib']) {
    await cp(join(source, path), join(target, path), { recursive: true });
  }
  // "linux" takes in musl's: which of them is right is known only where it runs.
  const addons = (await readdir(join(source, 'prebuilds'))).filter(
    (addon) => addon.startsWith(process.platform) && addon.endsWith(`-${process.arch}.node`),
  );
  if (addons.length === 0)
    throw new Error(`better-sqlite3 has no addon for ${process.platform}-${process.arch}`);
  await mkdir(join(target, 'prebuilds'), { recursive: true });
  for (const addon of addons) await cp(join(source, 'prebuilds', addon), join(target, 'prebuilds', addon));
}

const [, script, directory] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  if (directory === undefined) throw new Error('usage: node scripts/assemble.js DIRECTORY');
  await assemble(directory);
}
