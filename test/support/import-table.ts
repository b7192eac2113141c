import { type Import, importsOf, packageName, type SourceFile } from './source-file.ts';

/** One row of the import table: what the files of a folder may import. */
export type Row = {
  /** From `src/` on. A file belongs to the row with the longest folder that it lies in; `*.ts` means files themselves. */
  readonly folder: string;
  /** Folders of `src/` beside its own. A folder stands for the files right in it, `folder/**` for all below it too. */
  readonly src: readonly string[];
  /** `name` or `@scope/*`. */
  readonly packages: readonly string[];
  readonly node: 'any' | 'none';
};

const grpc = [
  'nice-grpc',
  'nice-grpc-common',
  'nice-grpc-server-health',
  'nice-grpc-server-reflection',
  '@grpc/grpc-js',
];
const participantService: Omit<Row, 'folder'> = {
  src: ['services', 'gen/**', 'rpc', 'stores', 'stores/sqlite'],
  packages: ['@bufbuild/protobuf'],
  node: 'any',
};

/** Data and decisions first, I/O behind them, and boot, which joins them. */
export const importTable: readonly Row[] = [
  { folder: 'saga', src: [], packages: [], node: 'none' },
  { folder: 'checkout', src: ['saga'], packages: [], node: 'none' },
  // Types and nothing else: what the gateway's answers look like to those who read them.
  { folder: 'contract', src: ['saga', 'scopes.ts'], packages: [], node: 'none' },
  // Invariants over plain rows: as pure as what they check. Their report is a part of the contract.
  { folder: 'verify', src: ['saga', 'checkout', 'contract'], packages: [], node: 'none' },
  // Reads what the services have on disk, by the schemas that they own.
  {
    folder: 'verify/files',
    src: [
      'verify',
      'saga',
      'stores',
      'stores/sqlite',
      'services/order',
      'services/inventory',
      'services/payment',
    ],
    packages: [],
    node: 'any',
  },
  // Reads what the services say over their APIs, and the gateway's own log.
  {
    folder: 'verify/services',
    src: ['verify', 'verify/files', 'saga', 'gen/**', 'rpc'],
    packages: [],
    node: 'any',
  },
  { folder: 'engine', src: ['saga', 'stores', 'trace-context.ts'], packages: [], node: 'none' },
  { folder: 'stores', src: ['saga'], packages: [], node: 'any' },
  { folder: 'stores/sqlite', src: ['saga', 'stores'], packages: ['better-sqlite3'], node: 'any' },
  // Moves finished sagas out of the log, by way of its port.
  { folder: 'archive', src: ['stores', 'stores/sqlite'], packages: [], node: 'any' },
  // Redis only speeds up what memory holds already.
  { folder: 'stores/redis', src: ['stores', 'stores/memory'], packages: ['ioredis'], node: 'any' },
  { folder: 'stores/memory', src: ['saga', 'stores'], packages: [], node: 'any' },
  // Knows no shop word, so of the generated messages only its own.
  {
    folder: 'rpc',
    src: ['stores', 'gen/ordersaga/rpc/**', 'trace-context.ts'],
    packages: [...grpc, '@bufbuild/protobuf', '@bufbuild/protovalidate', '@opentelemetry/api'],
    node: 'any',
  },
  // What the three participants share: their server and the barrier in their databases.
  { folder: 'services', src: ['rpc', 'stores', 'stores/sqlite'], packages: [], node: 'any' },
  { folder: 'services/inventory', ...participantService },
  { folder: 'services/payment', ...participantService },
  { folder: 'services/order', ...participantService },
  {
    folder: 'services/gateway',
    src: [
      'services',
      'engine',
      'checkout',
      'saga',
      'gen/**',
      'rpc',
      'stores',
      'verify',
      'faults',
      'scopes.ts',
      'contract',
      'trace-context.ts',
    ],
    packages: ['express', 'zod', 'zod-openapi', '@bufbuild/protobuf', 'nice-grpc-common'],
    node: 'any',
  },
  {
    folder: 'observability',
    src: ['saga', 'engine', 'trace-context.ts'],
    packages: ['@opentelemetry/*', 'pino', 'nice-grpc-common'],
    node: 'any',
  },
  // A client of the gateway like any other: it knows HTTP and nothing else of the system.
  { folder: 'load', src: [], packages: [], node: 'any' },
  // Known to the configuration, which reads tokens, and to the gateway, which asks for them.
  { folder: 'scopes.ts', src: [], packages: [], node: 'none' },
  // Read by the command line and by the page, which is a client of its own.
  { folder: 'server-events.ts', src: [], packages: [], node: 'none' },
  // Requests bring it over HTTP and over gRPC, the engine stores it, spans hang below it: one reader for all four.
  { folder: 'trace-context.ts', src: [], packages: [], node: 'none' },
  { folder: 'version.ts', src: ['../package.json'], packages: [], node: 'none' },
  // Makes calls go wrong on purpose, beside the participants and not in them.
  {
    folder: 'faults',
    src: ['rpc', 'gen/**'],
    packages: ['nice-grpc-common', '@bufbuild/protobuf'],
    node: 'any',
  },
  { folder: 'config', src: ['faults', 'scopes.ts'], packages: [], node: 'any' },
  { folder: 'config.ts', src: ['config'], packages: [], node: 'any' },
  {
    folder: 'boot',
    src: ['**'],
    packages: ['@bufbuild/protobuf', 'nice-grpc-common', 'uuid'],
    node: 'any',
  },
  { folder: 'boot.ts', src: ['**'], packages: [], node: 'any' },
  // Runs the whole system in processes of its own, and is a client of it.
  {
    folder: 'crash-test',
    src: ['boot.ts', 'config.ts', 'engine', 'stores', 'saga', 'verify/files'],
    packages: [],
    node: 'any',
  },
  {
    folder: 'cli',
    src: [
      'boot.ts',
      'config.ts',
      'config',
      'version.ts',
      'contract',
      'server-events.ts',
      'gen/**',
      'rpc',
      'saga',
      'checkout',
      'verify',
      'verify/files',
      'load',
      'archive',
      'crash-test',
    ],
    packages: ['commander', 'picocolors', 'cli-table3'],
    node: 'any',
  },
];

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
