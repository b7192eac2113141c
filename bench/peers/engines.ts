import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadyLine } from '../../src/cli/banner.ts';
import type { LatencySummary } from '../../src/load/latency.ts';
import { end, outputOf, startProcess, startScript } from '../support/child.ts';
import { freePort } from '../support/free-port.ts';
import type { Addresses } from './order-calls.ts';
import { startPostgres } from './postgres.ts';

/** An engine that runs the order saga against the stub participants. */
export type RunningEngine = {
  /** Completed orders a second. */
  capacity(seconds: number): Promise<number>;
  /** From the intended moment of sending to the end of the saga, at a rate that is easy for every engine. */
  latencyAt(perSecond: number, seconds: number): Promise<LatencySummary>;
  close(): Promise<void>;
};

export type Engine = { readonly name: string; start(participants: Addresses): Promise<RunningEngine> };

/** As many as suit both; `npm run bench:peers -- --help` says how to compare. */
const peerClients = Number(process.env.PEER_CLIENTS ?? 256);

const bin = new URL('../../bin/ordersaga.js', import.meta.url).pathname;

const directory = (): Promise<string> => mkdtemp(join(tmpdir(), 'ordersaga-peers-'));

/** The gateway alone: HTTP, saga log and engine. The stub participants keep no books that it could check at intervals. */
const ordersaga = (name: string, clients: number, flags: readonly string[]): Engine => ({
  name,
  async start({ order, inventory, payment }) {
    const data = await directory();
    const where = ['--order-addr', order, '--inventory-addr', inventory, '--payment-addr', payment];
    const ports = ['--services', 'gateway', '--http-port', '0', '--saga-port', '0'];
    const quiet = ['--log-level', 'warn', '--verify-interval', '0s'];
    const started = ['start', '--json', '--data-dir', data, ...ports, ...where, ...quiet, ...flags];
    const child = await startProcess(process.execPath, [bin, ...started]);
    const { http } = child.hello as ReadyLine;
    return running({ url: `${http?.url}/orders`, clients }, async () => {
      await child.close();
      await rm(data, { recursive: true });
    });
  },
});

type PeerReport = {
  readonly perSecond: number;
  readonly complete: LatencySummary;
  readonly problems: readonly string[];
};

type Target = {
  readonly url: string;
  /** How many orders are under way while its capacity is measured: as many as suit it. */
  readonly clients: number;
};

function running({ url, clients }: Target, close: () => Promise<void>): RunningEngine {
  async function load(...args: string[]): Promise<PeerReport> {
    const script = new URL('peer-load.ts', import.meta.url).pathname;
    const flags = ['--disable-warning=ExperimentalWarning', script, url, ...args];
    const report = JSON.parse(await outputOf(process.execPath, flags)) as PeerReport;
    if (report.problems.length > 0) throw new Error(`${url}: ${report.problems.join('; ')}`);
    return report;
  }
  return {
    capacity: async (seconds) => (await load('closed', `${clients}`, `${seconds}`)).perSecond,
    latencyAt: async (perSecond, seconds) => (await load('open', `${perSecond}`, `${seconds}`)).complete,
    close,
  };
}

const restate: Engine = {
  name: 'Restate',
  async start(participants) {
    const app = await startScript(new URL('restate-app.ts', import.meta.url), [JSON.stringify(participants)]);
    const { port } = app.hello as { readonly port: number };
    const data = await directory();
    const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()];
    const server = spawn(
      new URL('node_modules/.bin/restate-server', import.meta.url).pathname,
      ['--no-logo', '--node-name', 'bench', '--base-dir', data, '--listen-mode', 'tcp'],
      {
        // It says much about reaching for newer versions of itself; what matters is whether it takes orders.
        stdio: 'ignore',
        env: {
          ...process.env,
          RESTATE_AUTO_PROVISION: 'true',
          RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
          RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
          RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
          RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
          RESTATE_DISABLE_TELEMETRY: 'true',
          RESTATE_LOG_FILTER: 'error',
          // Few, as this machine has few cores; Restate's own default is 24. `npm run bench:peers -- --help` says how to compare.
          RESTATE_DEFAULT_NUM_PARTITIONS: process.env.RESTATE_DEFAULT_NUM_PARTITIONS ?? '4',
        },
      },
    );
    await untilOk(() =>
      fetch(`http://127.0.0.1:${admin}/deployments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ uri: `http://127.0.0.1:${port}` }),
      }),
    );
    return running({ url: `http://127.0.0.1:${ingress}/orders/submit`, clients: peerClients }, async () => {
      await end(server);
      await app.close();
      await rm(data, { recursive: true });
    });
  },
};

const dbos: Engine = {
  name: 'DBOS + PostgreSQL',
  async start(participants) {
    const database = await startPostgres();
    const app = await startScript(new URL('dbos-app.ts', import.meta.url), [
      JSON.stringify(participants),
      database.url,
      '30',
    ]);
    const { port } = app.hello as { readonly port: number };
    return running({ url: `http://127.0.0.1:${port}/orders`, clients: peerClients }, async () => {
      await app.close();
      await database.close();
    });
  },
};

/** In the order of the table. */
export const engines: readonly Engine[] = [
  ordersaga('ordersaga', 400, []),
  ordersaga('ordersaga, plain mode', 400, ['--hops', 'unary', '--log-mode', 'every-event']),
  restate,
  dbos,
];

async function untilOk(ask: () => Promise<Response>): Promise<void> {
  const untilMs = performance.now() + 60_000;
  for (;;) {
    const response = await ask().catch(() => undefined);
    if (response?.ok) return;
    if (performance.now() > untilMs) throw new Error(`not ready: ${await response?.text()}`);
    await sleep(200);
  }
}
