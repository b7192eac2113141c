import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CliProcess, startCli } from './run-cli.ts';

// Every test here starts a whole shop, or tries to.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const freePorts = ['http', 'order', 'inventory', 'payment', 'saga'].flatMap((name) => [
  `--${name}-port`,
  '0',
]);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ordersaga-stderr-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const running = new Set<CliProcess>();
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL');
    await ended;
  }
  running.clear();
});

function start(name: string, ...args: string[]): CliProcess {
  const dataDir = join(folder, name);
  const shop = startCli(['start', ...freePorts, '--log-level', 'error', '--data-dir', dataDir, ...args]);
  running.add(shop);
  return shop;
}

async function withTakenPort<T>(use: (port: string) => Promise<T>): Promise<T> {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  try {
    return await use(String((taken.address() as { port: number }).port));
  } finally {
    await new Promise((resolve) => taken.close(resolve));
  }
}

describe('a start that failed', () => {
  it.each(['--http-port', '--inventory-port'])(
    'named the port that was taken, and %s that moves it',
    (flag) =>
      withTakenPort(async (port) => {
        const { code, stderr } = await start('taken', flag, port).ended;
        expect(code).toBe(1);
        expect(stderr).toBe(
          `ordersaga: Port ${port} is in use already. Stop what listens there, or choose another with ${flag} (0 is any free one).\n`,
        );
      }),
  );

  it('said in one line that a host is not its own', async () => {
    const { code, stderr } = await start('elsewhere', '--http-host', 'nowhere.invalid', '--insecure').ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^ordersaga: Cannot listen there: getaddrinfo E\w+ nowhere\.invalid\. Check --host.*\n$/,
    );
  });

  it.each([
    ['is damaged', (file: string) => writeFileSync(file, 'x'.repeat(8_192)), 'restore it from a backup'],
    ['is a directory', (file: string) => void mkdirSync(file), 'this is a directory'],
  ])('said in one line, without a stack, that a database %s', async (what, make, advice) => {
    const file = join(folder, what, 'saga.db');
    mkdirSync(join(folder, what));
    make(file);
    const { code, stderr } = await start(what).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ordersaga: .*\n$/);
    expect(stderr).toContain(`${file}: cannot open: `);
    expect(stderr).toContain(advice);
  });
});

describe('a log in JSON', () => {
  it('has what Node warns of as a line', async () => {
    const warning = "process.emitWarning('old things', 'DeprecationWarning', 'DEP0000')";
    const preload = encodeURIComponent(`process.on('SIGUSR2', () => ${warning})`);
    const shop = startCli(
      ['start', ...freePorts, '--json', '--log-format', 'json', '--data-dir', join(folder, 'warned')],
      { NODE_OPTIONS: `--import=data:text/javascript,${preload}` },
    );
    running.add(shop);
    await shop.line('ready');
    const written = new Promise<string>((resolve) => {
      shop.child.stderr?.on('data', (text: string) => {
        if (text.includes('old things')) resolve(text);
      });
    });
    shop.child.kill('SIGUSR2');
    expect(JSON.parse(await written)).toMatchObject({
      level: 'warn',
      message: 'Node warned',
      error: { type: 'DeprecationWarning', message: 'old things', code: 'DEP0000' },
    });
  });

  it('has what the gRPC library reports as a line', () =>
    withTakenPort(async (port) => {
      const json = ['--log-format', 'json', '--log-level', 'warn'];
      const { stderr } = await start('reported', '--order-port', port, ...json).ended;
      const [line = '', ...sentence] = stderr.trim().split('\n');
      expect(JSON.parse(line)).toMatchObject({ message: 'the gRPC library reported' });
      expect(sentence).toEqual([expect.stringMatching(/^ordersaga: Port \d+ is in use already\./)]);
    }));
});
