import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { ReadyLine } from '../../src/cli/banner.ts';
import { type Child, startProcess } from './child.ts';

/** A system under test, and everything that it needed beside itself. */
export type System = {
  /** Of the gateway. */
  readonly url: string;
  readonly dataDir: string;
  /** Only its own, no helper's. */
  readonly processes: readonly Child[];
  /** Where each process serves its metrics. */
  readonly metricsUrls: readonly string[];
  /** In good order, helpers included. Leaves the data. */
  close(): Promise<void>;
  /** SIGKILL to every process of the system at once. Leaves the data and the helpers. */
  kill(): Promise<void>;
};

export type StartOptions = {
  /** Of `ordersaga start`. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of the built program: a script that takes the same arguments. */
  readonly program?: string;
  /** Closed after the system, or when it does not start. */
  readonly helpers?: readonly { close(): Promise<void> }[];
};

/** The program as it is shipped; `npm run build` makes it. */
export const bin = new URL('../../bin/ordersaga.js', import.meta.url).pathname;

const portFlags = ['http', 'saga', 'order', 'inventory', 'payment'].flatMap((name) => [
  `--${name}-port`,
  '0',
]);

/** A directory for one run; the caller removes it. */
export const newDataDir = (): Promise<string> => mkdtemp(join(tmpdir(), 'ordersaga-bench-'));

export const removeDataDir = (dataDir: string): Promise<void> =>
  rm(dataDir, { recursive: true, force: true });

/** All services in one process. */
export async function startOne(dataDir: string, options: StartOptions = {}): Promise<System> {
  try {
    return systemOf(dataDir, [await start(dataDir, options)], options);
  } catch (error) {
    for (const helper of options.helpers ?? []) await helper.close();
    throw error;
  }
}

/** Each service in a process of its own. */
export async function startSplit(dataDir: string): Promise<System> {
  const names = ['order', 'inventory', 'payment'] as const;
  const participants = await Promise.all(
    names.map((name) => start(dataDir, { flags: ['--services', name] })),
  );
  const addresses = participants.flatMap(({ hello }) => (hello as ReadyLine).services);
  const where = addresses.flatMap(({ name, address }) => [`--${name}-addr`, address]);
  const gateway = await start(dataDir, { flags: ['--services', 'gateway', ...where] });
  return systemOf(dataDir, [...participants, gateway]);
}

function start(dataDir: string, { flags = [], env = {}, program = bin }: StartOptions): Promise<Child> {
  const fixed = ['start', '--json', '--log-level', 'error', '--data-dir', dataDir, ...portFlags];
  const node = ['--disable-warning=ExperimentalWarning', program];
  return startProcess(process.execPath, [...node, ...fixed, ...flags], env);
}

function systemOf(dataDir: string, processes: readonly Child[], { helpers = [] }: StartOptions = {}): System {
  const hellos = processes.map(({ hello }) => hello as ReadyLine);
  const url = hellos.find(({ http }) => http !== undefined)?.http?.url;
  if (url === undefined) throw new Error('no process of the system runs a gateway');
  return {
    url,
    dataDir,
    processes,
    metricsUrls: hellos.flatMap(({ http, metrics }) =>
      http ? [`${http.url}/metrics`] : metrics ? [metrics.url] : [],
    ),
    async close() {
      for (const child of processes.toReversed()) await child.close();
      for (const helper of helpers) await helper.close();
    },
    async kill() {
      await Promise.all(processes.map((child) => child.kill()));
    },
  };
}
