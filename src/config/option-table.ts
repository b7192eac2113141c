import type { FaultPlan } from '../faults/fault-rule.ts';
import { faultFile } from './fault-file.ts';
import type { Option } from './option.ts';
import { pemFile, type TlsFile, type TokenFile, tokenFile } from './secret-kind.ts';
import {
  address,
  byteSize,
  decimalAmount,
  duration,
  listOf,
  oneOf,
  optional,
  plainText,
  port,
  redisUrl,
  stockFile,
  toggle,
  urlTemplate,
  wholeNumber,
} from './value-kind.ts';

/** The services of one shop. */
const serviceNames = ['gateway', 'order', 'inventory', 'payment'] as const;
type ServiceName = (typeof serviceNames)[number];

const option = <T>(row: Option<T>): Option<T> => row;

const serviceAddress = (service: 'order' | 'inventory' | 'payment'): Option<string | undefined> => ({
  group: 'Services',
  flag: `${service}-addr`,
  kind: optional(address),
  default: undefined,
  help: `address of the ${service} service: your own, or one that runs elsewhere`,
  defaultHelp: 'the one in this process',
  seed: {
    name: `${service.toUpperCase()}_SERVICE_ADDR`,
    textFrom: (text) => (text.startsWith(':') ? `127.0.0.1${text}` : text),
  },
});

const servicePort = (service: string, number: number): Option<number> => ({
  group: 'Services',
  flag: `${service}-port`,
  kind: port,
  default: number,
  help: `gRPC port of the ${service} service`,
});

/** Every option of `ordersaga start`, by its key in `Config`. */
export const optionTable = {
  services: option<readonly ServiceName[]>({
    group: 'Services',
    flag: 'services',
    kind: listOf(...serviceNames),
    default: serviceNames,
    // Whoever brings their own service does not want ours beside it.
    defaultFrom: ({ values }) => serviceNames.filter((name) => !values.has(`${name}Addr`)),
    help: 'services that this process runs',
    defaultHelp: 'all, except those that have an address of their own',
  }),
  host: option({
    group: 'Services',
    flag: 'host',
    kind: plainText('HOST', 'a host name or an IP address'),
    default: '127.0.0.1',
    help: 'address that the services listen on',
  }),
  httpHost: option({
    group: 'Services',
    flag: 'http-host',
    kind: plainText('HOST', 'a host name or an IP address'),
    default: '127.0.0.1',
    defaultFrom: ({ values }) => String(values.get('host') ?? '127.0.0.1'),
    help: "address that the gateway's HTTP listens on",
    defaultHelp: '--host',
    // ":8080" names no host. The showcase then listened on all of them; we stay where --host says.
    seed: { name: 'HTTP_ADDR', textFrom: (text) => /^\[?(.*?)\]?(?::\d*)?$/.exec(text)?.[1] || undefined },
  }),
  httpPort: option({
    group: 'Services',
    flag: 'http-port',
    kind: port,
    default: 8080,
    help: "the gateway's HTTP port",
    seed: { name: 'HTTP_ADDR', textFrom: (text) => /:(\d+)$/.exec(text)?.[1] ?? text },
  }),
  orderPort: option(servicePort('order', 50_051)),
  inventoryPort: option(servicePort('inventory', 50_052)),
  paymentPort: option(servicePort('payment', 50_053)),
  sagaPort: option({ ...servicePort('saga', 50_054), help: "gRPC port of the gateway's saga service" }),
  metricsPort: option<number | undefined>({
    group: 'Services',
    flag: 'metrics-port',
    kind: optional(port),
    default: undefined,
    // The gateway serves /metrics on its HTTP port; without it there is no HTTP at all.
    defaultFrom: ({ values }) => {
      const services = values.get('services');
      return Array.isArray(services) && !services.includes('gateway') ? 0 : undefined;
    },
    help: 'port of an HTTP server for /metrics alone, on --host',
    defaultHelp: "any free one without the gateway; with it, none: the gateway's HTTP serves it too",
  }),
  orderAddr: option(serviceAddress('order')),
  inventoryAddr: option(serviceAddress('inventory')),
  paymentAddr: option(serviceAddress('payment')),

  tlsCert: option<TlsFile | undefined>({
    group: 'Security',
    flag: 'tls-cert',
    kind: optional(pemFile('certificate')),
    default: undefined,
    help: 'certificate of every port of this process, and of its calls to other services',
    defaultHelp: 'plain text',
  }),
  tlsKey: option<TlsFile | undefined>({
    group: 'Security',
    flag: 'tls-key',
    kind: optional(pemFile('key')),
    default: undefined,
    help: 'private key of --tls-cert',
    defaultHelp: 'none',
  }),
  tlsCa: option<TlsFile | undefined>({
    group: 'Security',
    flag: 'tls-ca',
    kind: optional(pemFile('certificate')),
    default: undefined,
    help: 'authority that must have signed the certificates of services and of their callers (mutual TLS)',
    defaultHelp: "the system's, and callers need none",
  }),
  tlsServerName: option<string | undefined>({
    group: 'Security',
    flag: 'tls-server-name',
    kind: optional(plainText('NAME', 'a name in the certificates of the services')),
    default: undefined,
    help: 'name that the certificates of the called services must have',
    defaultHelp: 'the host of their address',
  }),
  tokens: option<TokenFile | undefined>({
    group: 'Security',
    flag: 'tokens',
    kind: optional(tokenFile),
    default: undefined,
    help: 'bearer tokens of the gateway with their scopes, as a JSON file; the variable may hold the JSON itself',
    defaultHelp: 'everyone who reaches the gateway may do everything',
    secret: true,
  }),
  insecure: option({
    group: 'Security',
    flag: 'insecure',
    kind: toggle,
    default: false,
    help: 'let other machines in without TLS or tokens, on a network that is protected in another way',
  }),

  dataDir: option({
    group: 'Storage',
    flag: 'data-dir',
    kind: plainText('DIR', 'a directory'),
    default: './data',
    help: 'directory of the databases, one per service; created if missing',
  }),
  redisUrl: option<string | undefined>({
    group: 'Storage',
    flag: 'redis-url',
    kind: optional(redisUrl),
    default: undefined,
    help: 'Redis that speeds up the replay of idempotency keys; the saga log decides',
    defaultHelp: 'none',
    seed: { name: 'REDIS_ADDR' },
    secret: true,
  }),
  logMode: option({
    group: 'Storage',
    flag: 'log-mode',
    kind: oneOf('grouped', 'every-event'),
    default: 'grouped',
    help: 'grouped waits for the disk where a promise depends on it, every-event after every event of the saga log',
  }),
  retentionMs: option<number | undefined>({
    group: 'Storage',
    flag: 'retention',
    kind: optional(duration(1_000, 3_650 * 86_400_000)),
    default: undefined,
    help: 'how long finished sagas stay in the log; then they move into saga-archive.db, where they are still found',
    defaultHelp: 'forever',
  }),

  seedStock: option({
    group: 'Behaviour',
    flag: 'seed-stock',
    kind: stockFile,
    default: Object.freeze({ prod_1: 15, prod_2: 10, prod_3: 0 }),
    help: 'stock at the very first start, as a JSON file of quantities by product',
  }),
  paymentLimit: option({
    group: 'Behaviour',
    flag: 'payment-limit',
    kind: decimalAmount,
    default: 500,
    help: 'largest charge that the simulated payment processor accepts',
  }),
  idempotencyTtlMs: option({
    group: 'Behaviour',
    flag: 'idempotency-ttl',
    kind: duration(1_000, 30 * 86_400_000),
    default: 86_400_000,
    help: 'how long the answer to an idempotency key is kept',
  }),
  requireIdempotencyKey: option({
    group: 'Behaviour',
    flag: 'require-idempotency-key',
    kind: toggle,
    default: false,
    help: 'refuse an order without an idempotency key',
  }),
  demo: option({
    group: 'Behaviour',
    flag: 'demo',
    kind: toggle,
    default: true,
    help: "show the page that submits test orders in the operator's console",
  }),
  traceUrl: option<string | undefined>({
    group: 'Logs and traces',
    flag: 'trace-url',
    kind: optional(urlTemplate('{trace_id}')),
    default: undefined,
    help: "where the operator's console links to for a trace; {trace_id} stands for its id",
    defaultHelp: 'no links',
  }),
  hops: option({
    group: 'Behaviour',
    flag: 'hops',
    kind: oneOf('stream', 'unary'),
    default: 'stream',
    help: 'how calls travel to participants: many on one stream, or one gRPC call each',
  }),
  enableFaults: option({
    group: 'Behaviour',
    flag: 'enable-faults',
    kind: toggle,
    default: false,
    help: 'let "ordersaga faults" make calls to participants go wrong; for tests',
  }),
  faults: option<FaultPlan | undefined>({
    group: 'Behaviour',
    flag: 'faults',
    kind: optional(faultFile),
    default: undefined,
    help: 'what goes wrong from the start, as a JSON file such as {"seed": 1, "faults": ["payment.charge=lost-reply:0.1"]}',
    defaultHelp: 'nothing',
  }),
  shutdownGraceMs: option({
    group: 'Behaviour',
    flag: 'shutdown-grace',
    kind: duration(0, 600_000),
    default: 10_000,
    help: 'how long a shutdown waits for what is under way',
  }),

  verifyIntervalMs: option({
    group: 'Behaviour',
    flag: 'verify-interval',
    kind: duration(0, 86_400_000),
    default: 5 * 60_000,
    help: 'how often the gateway checks that stock and money add up; 0s is never',
  }),

  maxLiveSagas: option({
    group: 'Limits',
    flag: 'max-live-sagas',
    kind: wholeNumber(1, 1_000_000),
    default: 10_000,
    help: 'most unfinished sagas in this process; beyond that, new orders get 503',
  }),
  bodyLimitBytes: option({
    group: 'Limits',
    flag: 'body-limit',
    kind: byteSize(1024, 16 * 1024 ** 2),
    default: 64 * 1024,
    help: 'largest HTTP request body',
  }),
  maxItems: option({
    group: 'Limits',
    flag: 'max-items',
    kind: wholeNumber(1, 100),
    default: 100,
    help: 'most lines of one order',
  }),
  maxQuantity: option({
    group: 'Limits',
    flag: 'max-quantity',
    kind: wholeNumber(1, 10_000),
    default: 10_000,
    help: 'largest quantity of one line of an order',
  }),

  sagaDeadlineMs: option({
    group: 'Recovery',
    flag: 'saga-deadline',
    kind: duration(1_000, 30 * 86_400_000),
    default: 15 * 60_000,
    help: 'an order that has not passed its point of no return after this time is undone',
  }),
  leaseMs: option({
    group: 'Recovery',
    flag: 'lease',
    kind: duration(1_000, 600_000),
    default: 15_000,
    help: 'how long a process may be silent before another one takes over its sagas',
  }),
  recoveryConcurrency: option({
    group: 'Recovery',
    flag: 'recovery-concurrency',
    kind: wholeNumber(1, 10_000),
    default: 64,
    help: 'most sagas that are recovered at the same time',
  }),
  maxRecoveries: option({
    group: 'Recovery',
    flag: 'max-recoveries',
    kind: wholeNumber(1, 1_000),
    default: 5,
    help: 'recoveries without progress after which a saga is halted',
  }),

  logLevel: option({
    group: 'Logs and traces',
    flag: 'log-level',
    kind: oneOf('trace', 'debug', 'info', 'warn', 'error', 'silent'),
    default: 'info',
    help: 'least severe log lines that are written',
  }),
  logFormat: option({
    group: 'Logs and traces',
    flag: 'log-format',
    kind: oneOf('auto', 'json', 'pretty'),
    default: 'auto',
    help: 'form of the log on stderr; auto is pretty on a terminal and JSON elsewhere',
  }),
  tracing: option({
    group: 'Logs and traces',
    flag: 'tracing',
    kind: toggle,
    default: false,
    defaultFrom: ({ env }) =>
      env.OTEL_SDK_DISABLED !== 'true' &&
      env.OTEL_TRACES_EXPORTER !== 'none' &&
      ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_TRACES_EXPORTER'].some(
        (name) => (env[name] ?? '') !== '',
      ),
    help: 'export traces, to where the OTEL_… variables say',
    defaultHelp: 'on when OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_TRACES_EXPORTER is set',
  }),
};

export type OptionTable = typeof optionTable;
export type OptionKey = keyof OptionTable;
