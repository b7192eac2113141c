/** One row of the import table: what the files of a folder may import. */
export type Row = {
  /** From `src/` on. A file belongs to the row with the longest folder that it lies in; `*.ts` means files themselves. */
  readonly folder: string;
  /** For people, as Markdown. */
  readonly what: string;
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
// The key of a write is stored by those who receive it as those who send it make it, so both make it in one place.
const participant: Omit<Row, 'folder' | 'what'> = {
  src: ['services', 'gen/**', 'rpc', 'saga/outcome.ts', 'saga/step-key.ts', 'stores', 'stores/sqlite'],
  packages: ['@bufbuild/protobuf'],
  node: 'any',
};

/** Data and decisions first, I/O behind them, and boot, which joins them. */
export const importTable: readonly Row[] = [
  {
    folder: 'saga',
    what: 'pure: definition, events, state, evolve, decide',
    src: [],
    packages: [],
    node: 'none',
  },
  {
    folder: 'checkout',
    what: 'pure: the order saga as a value, money, words for people',
    src: ['saga'],
    packages: [],
    node: 'none',
  },
  {
    folder: 'contract',
    what: 'the HTTP API as its clients see it: types and nothing else. The gateway’s zod schemas must say the same, or it does not compile',
    src: ['saga', 'scopes.ts'],
    packages: [],
    node: 'none',
  },
  {
    folder: 'verify',
    what: 'pure: the invariants, over plain rows; their report is a part of the contract',
    src: ['saga', 'checkout', 'contract'],
    packages: [],
    node: 'none',
  },
  {
    folder: 'verify/files',
    what: 'reads what the services have on disk, by the schemas that they own',
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
  {
    folder: 'verify/services',
    what: "reads what the services say over their APIs, and the gateway's own log",
    src: ['verify', 'verify/files', 'saga', 'gen/**', 'rpc'],
    packages: [],
    node: 'any',
  },
  {
    folder: 'engine',
    what: 'the shell around the core: drivers, recovery, admission, breakers',
    src: ['saga', 'stores', 'trace-context.ts'],
    packages: [],
    node: 'none',
  },
  {
    folder: 'stores',
    what: 'ports: saga log, idempotency cache',
    src: ['saga'],
    packages: [],
    node: 'any',
  },
  {
    folder: 'stores/sqlite',
    what: 'adapters of the saga log; group commit; the barrier',
    src: ['saga', 'stores'],
    packages: ['better-sqlite3'],
    node: 'any',
  },
  {
    folder: 'stores/redis',
    what: 'the idempotency cache that gateways share; it only speeds up what memory holds already',
    src: ['stores', 'stores/memory'],
    packages: ['ioredis'],
    node: 'any',
  },
  {
    folder: 'stores/memory',
    what: 'adapters that forget',
    src: ['saga', 'stores'],
    packages: [],
    node: 'any',
  },
  {
    folder: 'archive',
    what: 'moves finished sagas out of the log: one pass, and a data directory while it is stopped',
    src: ['stores', 'stores/sqlite'],
    packages: [],
    node: 'any',
  },
  {
    folder: 'rpc',
    what: 'transport kit: servers, clients, multiplexed hops. Knows gRPC, knows no shop word',
    src: ['stores', 'gen/ordersaga/rpc/**', 'server-tls.ts', 'trace-context.ts'],
    packages: [...grpc, '@bufbuild/protobuf', '@bufbuild/protovalidate', '@opentelemetry/api'],
    node: 'any',
  },
  {
    folder: 'services',
    what: 'what the three participants share: their server, and the barrier in their databases',
    src: ['rpc', 'saga/step-key.ts', 'stores', 'stores/sqlite'],
    packages: [],
    node: 'any',
  },
  { folder: 'services/inventory', what: 'participant; participants never import each other', ...participant },
  { folder: 'services/payment', what: 'participant', ...participant },
  { folder: 'services/order', what: 'participant', ...participant },
  {
    folder: 'services/gateway',
    what: "HTTP, saga service, the engine's participants",
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
      'server-tls.ts',
      'trace-context.ts',
    ],
    packages: ['express', 'zod', 'zod-openapi', '@bufbuild/protobuf', 'nice-grpc-common'],
    node: 'any',
  },
  {
    folder: 'observability',
    what: 'metrics, spans, logs; implements the observer ports',
    // Ports lie with those who call them. What travels has one name, also for those who only look at it on the way.
    src: [
      'saga',
      'engine',
      'services/gateway/request-observer.ts',
      'rpc/metadata-keys.ts',
      'server-tls.ts',
      'trace-context.ts',
    ],
    packages: ['@opentelemetry/*', 'pino', 'nice-grpc-common'],
    node: 'any',
  },
  {
    folder: 'console',
    what: "the operator's page, an HTTP client like any other ([console.md](console.md)); by the same pure rules and words",
    src: ['saga', 'checkout', 'contract', 'server-events.ts', 'scopes.ts'],
    packages: ['preact'],
    node: 'none',
  },
  {
    folder: 'console/vite.config.ts',
    what: 'builds the page into `dist/console`',
    src: [],
    packages: ['vite', '@preact/preset-vite'],
    node: 'any',
  },
  {
    folder: 'load',
    what: 'makes orders and counts what becomes of them; knows HTTP and nothing else of the system',
    src: [],
    packages: [],
    node: 'any',
  },
  {
    folder: 'faults',
    what: 'makes calls to participants go wrong on purpose, beside them and not in them',
    src: ['rpc', 'gen/**'],
    packages: ['nice-grpc-common', '@bufbuild/protobuf'],
    node: 'any',
  },
  {
    folder: 'scopes.ts',
    what: 'what a token may allow; the configuration reads tokens, the gateway asks for them',
    src: [],
    packages: [],
    node: 'none',
  },
  {
    folder: 'server-events.ts',
    what: 'reads an event stream as it arrives, for the command line and the page',
    src: [],
    packages: [],
    node: 'none',
  },
  {
    folder: 'server-tls.ts',
    what: 'what a server that speaks TLS shows, over gRPC and over HTTP',
    src: [],
    packages: [],
    node: 'none',
  },
  {
    folder: 'trace-context.ts',
    what: 'reads `traceparent`, which comes over HTTP and gRPC, is stored, and has spans below it',
    src: [],
    packages: [],
    node: 'none',
  },
  { folder: 'version.ts', what: 'the version', src: ['../package.json'], packages: [], node: 'none' },
  {
    folder: 'config',
    what: 'the options and the kinds of their values',
    src: ['faults', 'scopes.ts'],
    packages: [],
    node: 'any',
  },
  {
    folder: 'config.ts',
    what: 'flags and environment → one frozen value',
    src: ['config'],
    packages: [],
    node: 'any',
  },
  {
    folder: 'boot',
    what: 'composition root: with `boot.ts` the only place that knows all',
    src: ['**'],
    packages: ['@bufbuild/protobuf', 'nice-grpc-common', 'uuid'],
    node: 'any',
  },
  { folder: 'boot.ts', what: 'starts services and closes them', src: ['**'], packages: [], node: 'any' },
  {
    folder: 'crash-test',
    what: 'runs the whole system in processes of its own, kills them, and is a client of it',
    src: ['boot.ts', 'config.ts', 'engine', 'stores', 'saga', 'verify/files'],
    packages: [],
    node: 'any',
  },
  {
    folder: 'cli',
    what: 'one file a command',
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
