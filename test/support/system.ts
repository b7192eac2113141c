import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Config } from '../../src/config.ts';
import { quietPort } from './quiet-port.ts';
import { type Exit, type ServiceProcess, startServiceProcess } from './service-process.ts';

export type ServiceName = Config['services'][number];

/** How the services are spread over processes. */
export type Form = 'one process' | 'four processes';
export const forms: readonly Form[] = ['one process', 'four processes'];

export type SystemOptions = {
  /** Default: one process. */
  readonly form?: Form;
  /** Flags for every process, e.g. `['--lease', '1s']`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Default: a temporary one that goes with the system. */
  readonly dataDir?: string;
  /** A command that every process runs under. Default none. */
  readonly under?: readonly string[];
};

/**
 * The built system, running. A service is named by its own name; in one process each name means that process. Ports
 * and data stay the same over restarts.
 */
export type System = {
  readonly form: Form;
  readonly dataDir: string;
  /** Of the gateway, `http://127.0.0.1:port`. */
  readonly url: string;
  /** `host:port` of a service's gRPC server. */
  addressOf(name: ServiceName): string;
  process(name: ServiceName): ServiceProcess;
  /** Kills with SIGKILL. Default: everything. */
  kill(name?: ServiceName): Promise<void>;
  /** Ends with SIGTERM. */
  stop(name: ServiceName): Promise<Exit>;
  /** Starts what was killed or stopped; resolves when it is ready, with how long that took. Default: everything. */
  start(name?: ServiceName): Promise<number>;
  /** Resolves while the gateway is ready, at once or as soon as it is. */
  up(): Promise<void>;
  /** Kills everything and removes the data. Idempotent. */
  remove(): Promise<void>;
};

const participants = ['order', 'inventory', 'payment'] as const;
const everyone: readonly ServiceName[] = [...participants, 'gateway'];

/** Starts the whole system and waits until it is ready. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const { form = 'one process', env, under } = options;
  const own = options.dataDir === undefined ? mkdtempSync(join(tmpdir(), 'ordersaga-e2e-')) : undefined;
  const dataDir = options.dataDir ?? own ?? '';
  const ports = await choosePorts();
  const running = new Map<ServiceName, ServiceProcess>();
  const waiting = new Set<() => void>();

  const unitOf = (name: ServiceName): ServiceName => (form === 'one process' ? 'gateway' : name);
  const units = form === 'one process' ? (['gateway'] as const) : everyone;
  const named = (name: ServiceName | undefined): readonly ServiceName[] =>
    name === undefined ? units : [unitOf(name)];

  function argsOf(name: ServiceName): readonly string[] {
    const portFlags = Object.entries(ports).flatMap(([flag, port]) => [`--${flag}-port`, String(port)]);
    const addresses = participants.flatMap((each) => [`--${each}-addr`, `127.0.0.1:${ports[each]}`]);
    const split =
      form === 'one process' ? [] : ['--services', name, ...(name === 'gateway' ? addresses : [])];
    return [...split, ...portFlags, '--data-dir', dataDir, ...(options.args ?? [])];
  }

  async function startOne(name: ServiceName): Promise<number> {
    const started = await startServiceProcess({
      args: argsOf(name),
      ...(env && { env }),
      ...(under && { under }),
    });
    running.set(name, started);
    if (name === 'gateway') for (const resolve of waiting) resolve();
    return started.readyMs;
  }

  const start = async (name?: ServiceName): Promise<number> =>
    Math.max(...(await Promise.all(named(name).map(startOne))));

  async function end(name: ServiceName, signal: NodeJS.Signals): Promise<Exit> {
    const target = running.get(name);
    if (target === undefined) return { code: null, signal: null };
    running.delete(name);
    target.signal(signal);
    return target.exited;
  }

  async function kill(name?: ServiceName): Promise<void> {
    await Promise.all(named(name).map((each) => end(each, 'SIGKILL')));
  }

  async function remove(): Promise<void> {
    await kill();
    if (own !== undefined) rmSync(own, { recursive: true, force: true });
  }

  try {
    await start();
    await untilReady(`http://127.0.0.1:${ports.http}/readyz`);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    form,
    dataDir,
    url: `http://127.0.0.1:${ports.http}`,
    addressOf: (name) => `127.0.0.1:${name === 'gateway' ? ports.saga : ports[name]}`,
    process(name) {
      const found = running.get(unitOf(name));
      if (found === undefined) throw new Error(`${name} is not running`);
      return found;
    },
    kill,
    stop: (name) => end(unitOf(name), 'SIGTERM'),
    start,
    up() {
      if (running.has('gateway')) return Promise.resolve();
      return new Promise((resolve) => {
        const ready = (): void => {
          waiting.delete(ready);
          resolve();
        };
        waiting.add(ready);
      });
    },
    remove,
  };
}

/** In the split form the gateway may listen a moment before it has reached everyone it calls. */
async function untilReady(url: string): Promise<void> {
  const overdue = AbortSignal.timeout(30_000);
  while (!(await fetch(url, { signal: overdue })).ok) await setTimeout(50);
}

async function choosePorts() {
  const [http, saga, order, inventory, payment] = await Promise.all([
    quietPort(),
    quietPort(),
    quietPort(),
    quietPort(),
    quietPort(),
  ]);
  return { http, saga, order, inventory, payment };
}
