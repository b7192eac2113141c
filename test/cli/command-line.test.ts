import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { runCli, runHere } from './run-cli.ts';

const entry = fileURLToPath(new URL('./entry.ts', import.meta.url));
const nowhere = ['--url', 'http://127.0.0.1:9'];

describe('usage', () => {
  it('was printed when nothing was asked for', async () => {
    const { code, stdout, stderr } = await runHere();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of ['start', 'demo', 'order', 'saga', 'stock', 'config', 'completion']) {
      expect(stdout).toContain(`\n  ${command}`);
    }
  });

  it('was printed for a command however deep it lies', async () => {
    const [asked, own] = [
      await runHere('help', 'order', 'submit'),
      await runHere('order', 'submit', '--help'),
    ];
    expect(asked).toEqual({ ...own, code: 0 });
    expect(asked.stdout).toContain('--idempotency-key');
  });

  it('was wrapped in a narrow terminal, below the options', async () => {
    let stdout = '';
    const stream = {
      columns: 40,
      write(text: string) {
        stdout += text;
      },
    };
    await main(['order', 'submit', '--help'], stream, stream);
    const [options = ''] = stdout.split('\nExamples:');
    expect(options).toContain('  --customer <id>\n      who orders\n');
    expect(Math.max(...options.split('\n').map((line) => line.length))).toBeLessThanOrEqual(40);
  });

  it('named the exit codes', async () => {
    expect((await runHere('--help')).stdout).toContain('Exit codes: 0 done, 1 failed, 2 wrong usage');
  });

  it('showed every option of start with its default and its variable', async () => {
    const help = (await runHere('start', '--help')).stdout.replaceAll(/\s+/g, ' ');
    expect(help).toContain(
      "--http-port <port> the gateway's HTTP port (default: 8080; env: ORDERSAGA_HTTP_PORT or HTTP_ADDR)",
    );
  });

  it.each([
    [['ordr'], "unknown command 'ordr'"],
    [['help', 'foo'], "unknown command 'foo'"],
    [['help', 'order', 'foo'], "unknown command 'order foo'"],
    [['start', '--htp-port', '1'], "unknown option '--htp-port'"],
    [['order', 'submit', '--customer', 'c', '--item', 'prod_1'], 'PRODUCT:QUANTITY@PRICE'],
    [
      ['order', 'submit', '--customer', 'c', '--item', 'prod_1:1@80000000000000.01'],
      'PRODUCT:QUANTITY@PRICE',
    ],
    [['order', 'submit', '--customer', 'c'], '--item'],
    [
      ['order', 'submit', '--customer', 'c', '--item', 'prod_1:1@5', '--wait', '5', '--watch'],
      "option '--wait <seconds>' cannot be used with option '--watch'",
    ],
    [
      ['order', 'submit', '--customer', 'c', '--item', 'prod_1:1@5', '--wait', '61'],
      'whole number from 1 to 60',
    ],
    [['order', 'get', 'x', '--wait', '0'], 'whole number from 1 to 60'],
    [['order', 'get', 'x', '--url', 'localhost:80'], 'must be an http:// or https:// URL'],
    [['order', 'list', '--limit', '0'], 'whole number from 1 to 200'],
    [['saga', 'list', '--status', 'stuck'], 'running, compensating, completed, compensated, halted'],
    [['saga', 'retry', 'x'], '--reason'],
    [['saga', 'skip', 'x', '--reason', 'y'], '--step'],
    [['saga', 'cancel', 'x'], '--reason'],
    [['start', '--http-port', 'x'], '--http-port: "x" must be a port'],
    [['completion', 'tcsh'], 'bash, zsh, fish'],
  ])('was corrected for %j', async (args, message) => {
    const { code, stdout, stderr } = await runHere(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('what HTTP does not carry', () => {
  const submit = ['order', 'submit', '--customer', 'c', '--item', 'prod_1:1@5'];
  it.each([
    [['order', 'get', 'x', '--token', 'sécret→', ...nowhere]],
    [['order', 'get', 'x', '--url', 'http://ada:sécret@127.0.0.1:9']],
    [[...submit, '--idempotency-key', 'sécret→', ...nowhere]],
  ])('was wrong usage, and was not repeated, for %j', async (args) => {
    const { code, stdout, stderr } = await runHere(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--url, --token or --idempotency-key');
    expect(stderr).not.toContain('cret');
  });
});

describe('output', () => {
  it.skipIf(process.platform !== 'linux')('that cannot be written was one line, and a failure', () => {
    const script = `exec "$0" "$1" config > /dev/full`;
    const { status, stderr } = spawnSync('bash', ['-c', script, process.execPath, entry], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ordersaga: the result cannot be written: ENOSPC: .*\n$/);
  });
});

describe('a gateway that is not there', () => {
  it.each([[['order', 'get', 'x']], [['order', 'watch', 'x']], [['saga', 'list']], [['stock', 'list']]])(
    'was named once for %j, with what to do about it',
    async (args) => {
      const { code, stdout, stderr } = await runHere(...args, ...nowhere);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toBe(
        'ordersaga: No gateway answers at http://127.0.0.1:9. Start one with "ordersaga start", or say where it is with --url.\n',
      );
    },
  );

  it('left a way to order again without ordering twice', async () => {
    const order = [
      'order',
      'submit',
      '--customer',
      'c',
      '--item',
      'prod_1:1@5',
      '--idempotency-key',
      'key-1',
    ];
    expect((await runHere(...order, ...nowhere)).stderr).toContain('add --idempotency-key key-1');
  });
});

describe('config', () => {
  it('printed JSON for scripts, with the origin of each value and without secrets', async () => {
    const env = { ORDERSAGA_REDIS_URL: 'redis://app:hunter2@r:6379', ORDERSAGA_ORDR_PORT: '1' };
    const { code, stdout, stderr } = await runCli(
      ['config', '--http-port', '0', '--no-tracing', '--json'],
      env,
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      'http-port': { value: '0', source: 'flag', from: '--http-port' },
      'redis-url': { value: 'redis://app:***@r:6379', source: 'environment', from: 'ORDERSAGA_REDIS_URL' },
      tracing: { value: 'false', from: '--no-tracing' },
      'order-port': { value: '50051', source: 'default' },
    });
    expect(stdout).not.toContain('hunter2');
    expect(stderr).toBe('warning: ORDERSAGA_ORDR_PORT is not a variable of ordersaga and has no effect\n');
  });

  it('printed a table without colours where nobody looks', async () => {
    const { stdout } = await runHere('config');
    expect(stdout).toMatch(/^OPTION +VALUE +FROM\n--services +gateway,order,inventory,payment +default\n/);
    expect(stdout).not.toContain('\u001b');
  });
});

describe('completion', () => {
  async function complete(...line: string[]): Promise<string[]> {
    const { stdout } = await runHere('completion', 'bash');
    const words = line.map((word) => `'${word}'`).join(' ');
    const script = `${stdout}\nCOMP_WORDS=(${words}); COMP_CWORD=${line.length - 1}; _ordersaga; echo "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split(' ');
  }

  it('offered the commands of a group', async () => {
    expect(await complete('ordersaga', 'saga', '')).toEqual([
      'list',
      'show',
      'inbox',
      'explain',
      'retry',
      'skip',
      'cancel',
      '--help',
    ]);
  });

  it('offered flags, and the words that a flag accepts', async () => {
    expect(await complete('ordersaga', 'start', '--http-')).toEqual(['--http-host', '--http-port']);
    expect(await complete('ordersaga', 'start', '--log-format', '')).toEqual(['auto', 'json', 'pretty']);
    expect(await complete('ordersaga', 'order', 'list', '--status', 'C')).toEqual(['CONFIRMED', 'CANCELLED']);
    expect(await complete('ordersaga', 'order', 'get', 'x', '--w')).toEqual(['--wait']);
    expect(await complete('ordersaga', 'order', 'submit', '--w')).toEqual(['--watch', '--wait']);
  });

  it('was printed for fish and zsh too', async () => {
    expect((await runHere('completion', 'fish')).stdout).toContain(
      '-n "__ordersaga_exactly \'saga\'" -a retry',
    );
    expect((await runHere('completion', 'zsh')).stdout).toContain('bashcompinit');
  });
});
