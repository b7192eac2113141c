// Bundles the sources into dist/, and the operator's page into dist/console/. Plain JavaScript, because it must run on
// every supported Node.
//
// Bundled because a start is mostly loading: hundreds of small modules cost more than a second, a few large ones a
// third of that, and "crash to ready" is a promise. Only the native SQLite module stays outside.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { build as buildPage } from 'vite';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

// Flat, because a database's thread and its programs are looked for beside the module that opens it.
const entries = {
  main: 'src/cli/main.ts',
  'database-thread': 'src/stores/sqlite/database-thread.ts',
  'saga-log-program': 'src/stores/sqlite/saga-log-program.ts',
  'saga-archive-program': 'src/stores/sqlite/saga-archive-program.ts',
  'order-store': 'src/services/order/order-store.ts',
  'inventory-store': 'src/services/inventory/inventory-store.ts',
  'payment-store': 'src/services/payment/payment-store.ts',
  'verify-thread': 'src/verify/files/verify-thread.ts',
  'crash-child': 'src/crash-test/crash-child.ts',
};

// What CommonJS packages expect to find in their scope.
const commonJsScope = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __fileURLToPath(import.meta.url);',
  "const __dirname = __fileURLToPath(new URL('.', import.meta.url));",
].join('\n');

await rm(path('dist'), { recursive: true, force: true });
await build({
  entryPoints: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, path(file)])),
  outdir: path('dist'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.12',
  external: ['better-sqlite3'],
  banner: { js: commonJsScope },
  chunkNames: '[name]-[hash]',
  // Names stay, so that stack traces can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'linked',
  logLevel: 'warning',
});

// The operator's page, with a gzipped copy beside each file, so that no request waits for a compressor.
await buildPage({ configFile: path('src/console/vite.config.ts') });
for (const file of await readdir(path('dist/console'), { recursive: true, withFileTypes: true })) {
  if (!/\.(?:html|js|css|svg)$/.test(file.name)) continue;
  const name = `${file.parentPath}/${file.name}`;
  await writeFile(`${name}.gz`, gzipSync(await readFile(name), { level: 9 }));
}
