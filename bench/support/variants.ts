import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, startScript } from './child.ts';
import { freePort } from './free-port.ts';
import { type StartOptions, type System, startOne, startSplit } from './system.ts';

/** Forms of the system, by name. `one` is the system as it comes: one process, no tracing, no Redis. */
export const variants: Readonly<Record<string, (dataDir: string) => Promise<System>>> = {
  one: (dataDir) => startOne(dataDir),
  split: (dataDir) => startSplit(dataDir),
  unary: (dataDir) => startOne(dataDir, { flags: ['--hops', 'unary'] }),
  'every-event': (dataDir) => startOne(dataDir, { flags: ['--log-mode', 'every-event'] }),
  plain: (dataDir) => startOne(dataDir, { flags: ['--hops', 'unary', '--log-mode', 'every-event'] }),
  'log-off': (dataDir) => startOne(dataDir, { program: new URL('log-off.ts', import.meta.url).pathname }),
  'traced-10': async (dataDir) => startOne(dataDir, await traced(0.1)),
  'traced-100': async (dataDir) => startOne(dataDir, await traced(1)),
  redis: async (dataDir) => startOne(dataDir, await withRedis()),
};

export const variantNotes: Readonly<Record<string, string>> = {
  one: 'the system as it comes, in one process',
  split: 'four processes',
  unary: 'one gRPC call for each hop',
  'every-event': 'a commit waited for after every event',
  plain: '`unary` and `every-event`',
  'log-off': 'the saga log in memory, its hash chain kept; participants durable as ever',
  'traced-10': 'traces sampled at 10 %, sent to a receiver on the same machine',
  'traced-100': 'the same with every trace',
  redis: 'idempotency keys in Redis, too',
};

/** The receiver is a process of its own that reads and forgets. */
async function traced(share: number): Promise<StartOptions> {
  const sink = await startScript(new URL('otlp-sink.ts', import.meta.url));
  const { url } = sink.hello as { readonly url: string };
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: `${share}`,
    },
    helpers: [sink],
  };
}

/** `REDIS_URL` if it is set, otherwise a server of its own that keeps nothing on disk. */
async function withRedis(): Promise<StartOptions> {
  if (process.env.REDIS_URL) return { flags: ['--redis-url', process.env.REDIS_URL] };
  const directory = await mkdtemp(join(tmpdir(), 'ordersaga-redis-'));
  const port = await freePort();
  const fixed = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory];
  const server = spawn('redis-server', [...fixed, '--save', '', '--appendonly', 'no'], { stdio: 'ignore' });
  let problem: Error | undefined;
  server.on('error', (error) => {
    problem = error;
  });
  for (let attempt = 0; !(await answers(port)); attempt += 1) {
    if (problem)
      throw new Error('redis-server cannot be started: install it or set REDIS_URL', { cause: problem });
    if (attempt === 100) throw new Error('redis-server does not answer');
    await sleep(100);
  }
  const close = async (): Promise<void> => {
    await end(server);
    await rm(directory, { recursive: true, force: true });
  };
  return { flags: ['--redis-url', `redis://127.0.0.1:${port}`], helpers: [{ close }] };
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => socket.end(() => resolve(true)));
    socket.on('error', () => resolve(false));
  });
