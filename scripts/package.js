// Makes one file that runs `ordersaga start` on a machine with neither npm nor Node: Node itself, with what
// assemble.js puts together as assets inside. `npm run build` comes first.
//
//   npm run package                        writes package/ordersaga-VERSION-PLATFORM-ARCH
//   node scripts/package.js DIRECTORY      writes it there; the directory is made anew
//
// See https://nodejs.org/api/single-executable-applications.html
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { inject } from 'postject';
import { assemble } from './assemble.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = resolve(process.argv[2] ?? join(root, 'package'));
const work = join(output, 'work');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const executable = join(output, `ordersaga-${version}-${process.platform}-${process.arch}`);

await rm(output, { recursive: true, force: true });
await mkdir(work, { recursive: true });
await assemble(join(work, 'app'));

const files = (await readdir(join(work, 'app'), { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();
const assets = Object.fromEntries(
  files.map((file) => [relative(join(work, 'app'), file).replaceAll(sep, '/'), file]),
);
await writeFile(join(work, 'manifest.json'), JSON.stringify(await manifestOf(assets)));
await writeFile(
  join(work, 'sea.json'),
  JSON.stringify({
    main: join(root, 'scripts', 'single-file.cjs'),
    output: join(work, 'sea.blob'),
    disableExperimentalSEAWarning: true,
    assets: { ...assets, 'manifest.json': join(work, 'manifest.json') },
  }),
);
execFileSync(process.execPath, ['--experimental-sea-config', join(work, 'sea.json')], { stdio: 'ignore' });
await copyFile(process.execPath, executable);
await chmod(executable, 0o755);
await inject(executable, 'NODE_SEA_BLOB', await readFile(join(work, 'sea.blob')), {
  sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
  ...(process.platform === 'darwin' && { machoSegmentName: 'NODE_SEA' }),
});
await rm(work, { recursive: true });
process.stdout.write(`${executable}\n`);

/** What to unpack, and a name that changes with its content. */
async function manifestOf(assets) {
  const hash = createHash('sha256');
  for (const [name, file] of Object.entries(assets)) hash.update(name).update(await readFile(file));
  return { id: hash.digest('hex').slice(0, 32), files: Object.keys(assets) };
}
