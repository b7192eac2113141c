import { type Exposure, exposureProblems } from './config/exposure.ts';
import { type Environment, type Given, type Option, variableOf } from './config/option.ts';
import { type OptionKey, type OptionTable, optionTable } from './config/option-table.ts';

/**
 * What `ordersaga start` runs with: every option of the table, validated. Times end in `Ms`, sizes in `Bytes`, the
 * payment limit is a decimal number as in the JSON contract.
 */
export type Config = {
  readonly [K in OptionKey]: OptionTable[K] extends Option<infer T> ? T : never;
} & {
  /** The `OTEL_…` variables, for the OpenTelemetry SDK. */
  readonly otel: Readonly<Record<string, string>>;
};

/** One option and where its value came from. */
export type Setting = {
  readonly key: OptionKey;
  /** Never shows a secret. */
  readonly text: string;
  readonly value: unknown;
  readonly source: 'flag' | 'environment' | 'default';
  /** The flag or variable that gave it, e.g. `--http-port`; `default` otherwise. */
  readonly from: string;
};

export type ResolvedConfig = {
  readonly config: Config;
  /** In the order of the table. */
  readonly settings: readonly Setting[];
  /** For people: what was given and will have no effect. */
  readonly warnings: readonly string[];
};

/** Flags by option key, as texts; a switch may be a boolean. */
export type Flags = Readonly<Partial<Record<OptionKey, string | boolean | undefined>>>;

/** Lets every service of a process take a port that is free. */
export const freePorts = {
  httpPort: '0',
  orderPort: '0',
  inventoryPort: '0',
  paymentPort: '0',
  sagaPort: '0',
} as const satisfies Flags;

/** Something given is not acceptable. The message has one line per problem; the exit code is 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Variables that start with ORDERSAGA_ and belong to a command, not to this table. */
const otherVariables: readonly string[] = ['ORDERSAGA_URL', 'ORDERSAGA_TOKEN'];

type Candidate = { readonly text: string; readonly source: 'flag' | 'environment'; readonly from: string };

/**
 * Turns flags and environment into one frozen configuration. A flag beats an `ORDERSAGA_…` variable, which beats a
 * variable of the Go showcase, which beats the default; an empty variable counts as not set.
 *
 * @param env defaults to the environment of this process, which nothing else reads
 * @throws ConfigError that names every bad flag or variable, its value, and what is accepted
 */
export function resolveConfig(flags: Flags, env: Environment = process.env): ResolvedConfig {
  const problems: string[] = [];
  const given = new Map<OptionKey, { readonly value: unknown; readonly candidate: Candidate }>();
  for (const [key, row] of rows()) {
    const candidate = candidateFor(row, flags[key], env);
    if (candidate === undefined) continue;
    const parsed = row.kind.parse(candidate.text);
    if (parsed !== undefined && 'value' in parsed) given.set(key, { value: parsed.value, candidate });
    else problems.push(problemWith(row, candidate, parsed?.problem));
  }
  const values = new Map([...given].map(([key, { value }]) => [key as string, value]));
  const settings = rows().map(([key, row]): Setting => {
    const { value, candidate } = given.get(key) ?? { value: defaultOf(row, { values, env }) };
    return {
      key,
      value,
      text: row.kind.show(value),
      source: candidate?.source ?? 'default',
      from: candidate?.from ?? 'default',
    };
  });
  const config = configFrom(settings, env);
  // A value that was refused counts as not given, and must not be complained about a second time.
  if (problems.length === 0)
    problems.push(...contradictionsIn(config), ...exposureProblems(exposureOf(config)));
  if (problems.length > 0) throw new ConfigError(problems);
  return { config, settings, warnings: unknownVariables(env) };
}

/** The rows of the table with their value types forgotten, in order. */
export const rows = (): readonly (readonly [OptionKey, Option<unknown>])[] =>
  Object.entries(optionTable) as unknown as readonly (readonly [OptionKey, Option<unknown>])[];

const defaultOf = (row: Option<unknown>, given: Given): unknown => row.defaultFrom?.(given) ?? row.default;

function candidateFor(row: Option<unknown>, flag: Flags[OptionKey], env: Environment): Candidate | undefined {
  if (flag !== undefined)
    return { text: String(flag), source: 'flag', from: `--${flag === false ? 'no-' : ''}${row.flag}` };
  const name = variableOf(row);
  const own = env[name] ?? '';
  if (own !== '') return { text: own, source: 'environment', from: name };
  const seedText = env[row.seed?.name ?? ''] ?? '';
  if (row.seed === undefined || seedText === '') return undefined;
  const text = row.seed.textFrom ? row.seed.textFrom(seedText) : seedText;
  return text === undefined ? undefined : { text, source: 'environment', from: row.seed.name };
}

function problemWith(row: Option<unknown>, { text, from }: Candidate, problem: string | undefined): string {
  const shown = row.secret ? 'the given value' : JSON.stringify(text);
  return problem === undefined
    ? `${from}: ${shown} must be ${row.kind.accepts}`
    : `${from}: ${shown} ${problem}`;
}

function configFrom(settings: readonly Setting[], env: Environment): Config {
  const values = Object.fromEntries(settings.map(({ key, value }) => [key, value]));
  const otel = Object.fromEntries(
    Object.entries(env).flatMap(([name, text]) =>
      name.startsWith('OTEL_') && text !== undefined ? [[name, text]] : [],
    ),
  );
  // The table gives every key a value of its kind, which the type system cannot follow through the loop.
  return Object.freeze({ ...values, otel: Object.freeze(otel) }) as Config;
}

/** Whether calls can be made to go wrong in this process. */
export const faultsEnabled = ({ enableFaults, faults }: Config): boolean =>
  enableFaults || faults !== undefined;

/** Who can reach a process with this configuration. */
export const exposureOf = (config: Config): Exposure => ({
  ...config,
  runsGateway: config.services.includes('gateway'),
  hasTokens: config.tokens !== undefined,
  hasFaults: faultsEnabled(config),
});

function contradictionsIn({
  services,
  httpPort,
  sagaPort,
  orderPort,
  inventoryPort,
  paymentPort,
  metricsPort,
}: Config): string[] {
  const ports: readonly (readonly [string, number, boolean])[] = [
    ['--http-port', httpPort, services.includes('gateway')],
    ['--saga-port', sagaPort, services.includes('gateway')],
    ['--order-port', orderPort, services.includes('order')],
    ['--inventory-port', inventoryPort, services.includes('inventory')],
    ['--payment-port', paymentPort, services.includes('payment')],
    ['--metrics-port', metricsPort ?? 0, metricsPort !== undefined],
  ];
  const used = ports.filter(([, number, runs]) => runs && number !== 0);
  return used.flatMap(([flag, number], index) => {
    const earlier = used.slice(0, index).find(([, other]) => other === number);
    return earlier === undefined ? [] : [`${flag}: ${number} is the port of ${earlier[0]} too`];
  });
}

function unknownVariables(env: Environment): string[] {
  const known = new Set([...rows().map(([, row]) => variableOf(row)), ...otherVariables]);
  return Object.keys(env)
    .filter((name) => name.startsWith('ORDERSAGA_') && !known.has(name))
    .map((name) => `${name} is not a variable of ordersaga and has no effect`);
}
