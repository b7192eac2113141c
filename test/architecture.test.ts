import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { replaceSection } from '../bench/support/replace-section.ts';
import { forbiddenImports, importCycles, rowOf } from './support/import-rules.ts';
import { importTable } from './support/import-table.ts';
import { textFromTable } from './support/import-table-text.ts';
import { bareCode, importsOf, packageName, readSources, type SourceFile } from './support/source-file.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
// `gen` is generated.
const files = readSources(pathOf('src'), ['gen']);

describe('imports', () => {
  it('follow the import table', () => {
    expect(forbiddenImports(importTable, files)).toEqual([]);
  });

  it('are allowed as docs/architecture.md says', async () => {
    const path = pathOf('docs/architecture.md');
    const page = replaceSection(readFileSync(path, 'utf8'), 'import-table', textFromTable(importTable));
    const advice = 'the page is out of date: vitest run test/architecture.test.ts --update writes its table';
    await expect(page, advice).toMatchFileSnapshot(path);
  });

  it('make no cycle', () => {
    expect(importCycles(files)).toEqual([]);
  });

  it.each([
    ['better-sqlite3', 'stores/sqlite'],
    ['ioredis', 'stores/redis'],
    ['express', 'services/gateway'],
    ['commander', 'cli'],
    ['@grpc/grpc-js', 'rpc'],
    ['nice-grpc', 'rpc'],
    ['@opentelemetry/sdk-node', 'observability'],
    ['@opentelemetry/sdk-trace', 'observability'],
    ['@opentelemetry/sdk-metrics', 'observability'],
    ['pino', 'observability'],
  ])('keep %s in src/%s', (name, home) => {
    const elsewhere = files
      .filter((file) => importsOf(file).some(({ target }) => packageName(target) === name))
      .map(({ path }) => path)
      .filter((path) => !path.startsWith(`${home}/`));
    expect(elsewhere).toEqual([]);
  });
});

describe('what benchmarks share', () => {
  it('knows the product and no benchmark', () => {
    const shared = readSources(pathOf('bench/support'), []);
    const known = shared.flatMap((file) => importsOf(file).map(({ target }) => target));
    expect(known.filter((target) => target.startsWith('../') && !target.startsWith('../../src/'))).toEqual(
      [],
    );
  });
});

/** What a file may not touch, unless it lies in one of the folders. Time, chance and the outside world are passed in. */
const impurities: readonly { what: string; pattern: RegExp; allowedIn: readonly string[] }[] = [
  { what: 'Date.now', pattern: /\bDate\.now\b/, allowedIn: ['boot', 'cli', 'console'] },
  { what: 'new Date()', pattern: /\bnew Date\(\s*\)/, allowedIn: ['boot', 'cli'] },
  { what: 'Math.random', pattern: /\bMath\.random\b/, allowedIn: ['boot', 'cli', 'console'] },
  {
    what: 'random bytes or ids',
    pattern:
      /\bcrypto\.(?:randomUUID|randomBytes|getRandomValues)\b|\{[^}]*\brandom(?:UUID|Bytes)\b[^}]*\}\s*from/,
    allowedIn: ['boot', 'cli'],
  },
  {
    what: 'process.env',
    pattern: /\bprocess\.env\b|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/,
    allowedIn: ['config.ts'],
  },
  // Durations only. The sqlite thread measures how long a commit takes where it happens.
  {
    what: 'performance.now',
    pattern: /\bperformance\.now\b/,
    allowedIn: ['boot', 'cli', 'load', 'observability', 'rpc', 'stores/sqlite'],
  },
];

describe('the outside world', () => {
  it.each(impurities)('is reached by $what only in src/$allowedIn', ({ pattern, allowedIn }) => {
    expect(touching(files, pattern, allowedIn)).toEqual([]);
  });
});

const touching = (sources: readonly SourceFile[], pattern: RegExp, allowedIn: readonly string[]): string[] =>
  sources
    .filter(({ path }) => !allowedIn.includes(rowOf(importTable, path)?.folder ?? path))
    .filter(({ text }) => pattern.test(bareCode(text)))
    .map(({ path }) => `src/${path}`);

// Defaults, and lists: what a file made it exports where it makes it.
const exportElsewhere = /^\s*export\s+default\b|^\s*export\s*\*|^\s*export\s+(?:type\s*)?\{/m;

const longestLines = 300;
// Tables that are easier to read whole.
const tables: ReadonlyMap<string, number> = new Map([
  ['observability/names.ts', 375],
  ['config/option-table.ts', 375],
]);
const namesWithoutMeaning = /(?:^|\/)(?:utils?|common|helpers?|types?|models?|misc|shared|index)\.tsx?$/;

describe('files', () => {
  it(`have at most ${longestLines} lines; of a longer one, ask what it is really about`, () => {
    const tooLong = files
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ path, lines }) => lines > (tables.get(path) ?? longestLines))
      .map(({ path, lines }) => `src/${path} has ${lines} lines: what is it really about?`);
    expect(tooLong).toEqual([]);
  });

  it('are called after the one thing inside, in kebab-case', () => {
    const illNamed = files
      .map(({ path }) => path)
      .filter((path) => namesWithoutMeaning.test(path) || !/^[a-z0-9/.-]+$/.test(path));
    expect(illNamed).toEqual([]);
  });

  it('export by name, and nothing they did not make themselves', () => {
    // Vite asks for a default.
    const ours = files.filter(({ path }) => path !== 'console/vite.config.ts');
    expect(touching(ours, exportElsewhere, [])).toEqual([]);
  });
});

describe('these checks', () => {
  const file = (path: string, text: string): SourceFile => ({ path, text });

  it('name the file, what it imports, and the row that forbids it', () => {
    expect(
      forbiddenImports(importTable, [
        file('saga/decide.ts', "import { backoffMs } from './retry-policy.ts';"),
        file('saga/evolve.ts', "import { hash } from 'node:crypto';"),
        file('checkout/money.ts', "import type { SagaLog } from '../stores/saga-log.ts';"),
        file('engine/driver.ts', "import { createDatabase } from '../stores/sqlite/database.ts';"),
        file('services/order/store.ts', "export type {\n  Stock,\n} from '../inventory/stock.ts';"),
        file('services/gateway/start.ts', "const sqlite = await import('better-sqlite3');"),
        file('rpc/client.ts', "import '../gen/ordersaga/order/v1/order_pb.js';"),
        file('console/views/saga.tsx', "import { createEngine } from '../../engine/create-engine.ts';"),
        file('jobs/run.ts', ''),
      ]),
    ).toEqual([
      'src/saga/evolve.ts imports node:crypto, but the row of src/saga allows nothing',
      'src/checkout/money.ts imports stores/saga-log.ts, but the row of src/checkout allows src/saga',
      'src/engine/driver.ts imports stores/sqlite/database.ts, but the row of src/engine allows src/saga, src/stores, src/trace-context.ts',
      expect.stringMatching(
        /^src\/services\/order\/store\.ts imports services\/inventory\/stock\.ts, but the row/,
      ),
      expect.stringMatching(/^src\/services\/gateway\/start\.ts imports better-sqlite3, but the row/),
      expect.stringMatching(
        /^src\/rpc\/client\.ts imports gen\/ordersaga\/order\/v1\/order_pb\.js, but the row/,
      ),
      'src/console/views/saga.tsx imports engine/create-engine.ts, but the row of src/console allows src/saga, src/checkout, src/contract, src/server-events.ts, src/scopes.ts, preact',
      'src/jobs/run.ts lies in no folder of the import table',
    ]);
  });

  it('find a cycle, of types too', () => {
    expect(
      importCycles([
        file('saga/a.ts', "import { b } from './b.ts';"),
        file('saga/b.ts', "import type { C } from './c.ts';"),
        file('saga/c.ts', "import { a } from './a.ts';"),
        file('saga/d.ts', "import { a } from './a.ts';"),
      ]),
    ).toEqual(['saga/a.ts → saga/b.ts → saga/c.ts → saga/a.ts']);
  });

  it.each([
    ['Date.now', 'const now = Date.now();'],
    ['Date.now', 'const now = Date.now;'],
    ['new Date()', 'const at = new Date();'],
    ['Math.random', 'const { floor } = Math; floor(Math.random());'],
    ['random bytes or ids', "import { createHash, randomUUID } from 'node:crypto';"],
    ['random bytes or ids', 'const id = crypto.randomUUID();'],
    ['process.env', 'const { env } = process;'],
    ['process.env', 'const port = Number(process.env.PORT);'],
  ])('find %s in: %s', (what, text) => {
    const pattern = impurities.find((impurity) => impurity.what === what)?.pattern ?? /$^/;
    expect(touching([file('engine/driver.ts', text)], pattern, [])).toEqual(['src/engine/driver.ts']);
  });

  it.each([
    "export { decide } from './decide.ts';",
    "export type {\n  Refusal,\n} from './outcome.ts';",
    "import type { Refusal } from './outcome.ts';\n\nexport type { Refusal };",
    "import { decide } from './decide.ts';\nexport { decide };",
    "export * from './decide.ts';",
    'export default decide;',
  ])('find what is not exported where it is made: %j', (text) => {
    expect(touching([file('saga/saga.ts', text)], exportElsewhere, [])).toEqual(['src/saga/saga.ts']);
  });

  it('do not mind what comments and strings say', () => {
    const text = "// Date.now\n/* new Date() */\nconst text = 'Math.random and process.env';";
    for (const { pattern } of impurities)
      expect(touching([file('engine/driver.ts', text)], pattern, [])).toEqual([]);
  });

  it('see the whole tree', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['saga/decide.ts', 'console/views/saga.tsx']),
    );
  });
});
