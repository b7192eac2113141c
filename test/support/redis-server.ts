import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { freePort } from '../../bench/support/free-port.ts';

/** A real Redis of a test's own, on a free loopback port, with a directory of its own, keeping nothing. */
export type RedisServer = {
  readonly url: string;
  /** Runs one command over a connection of its own. */
  command(name: string, ...args: string[]): Promise<unknown>;
  /** Freezes the process: it accepts connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** Ends the process at once, as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  /** Ends it and removes its directory. Idempotent. */
  remove(): Promise<void>;
};

/** For suites of `describeWith('redis-server', …)`. @throws Error with what it printed when it does not start */
export async function startRedis(...config: string[]): Promise<RedisServer> {
  const directory = mkdtempSync(join(tmpdir(), 'ordersaga-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const fixed = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    directory,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const launch = () =>
    ready(spawn('redis-server', [...fixed, ...config], { stdio: ['ignore', 'pipe', 'inherit'] }));
  let server = await launch();

  async function kill(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  }

  return {
    url,
    async command(name, ...args) {
      const client = new Redis(url, { lazyConnect: true });
      try {
        await client.connect();
        return await client.call(name, ...args);
      } finally {
        client.disconnect();
      }
    },
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    kill,
    async restart() {
      await kill();
      server = await launch();
    },
    async remove() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function ready(server: ChildProcess): Promise<ChildProcess> {
  if (server.stdout === null) throw new Error('redis-server was started without a pipe');
  const said: string[] = [];
  const lines = createInterface(server.stdout);
  for await (const line of lines) {
    said.push(line);
    if (line.includes('Ready to accept connections')) {
      server.stdout.resume();
      return server;
    }
  }
  throw new Error(`redis-server did not start:\n${said.join('\n')}`);
}
