import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const timeoutMs = 300_000;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ordersaga-package-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Nothing of the checkout but its Node, and how this machine reaches the registry. */
const env = (): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^(npm_config_(cafile|registry|proxy|https_proxy)|NODE_EXTRA_CA_CERTS|https?_proxy)$/i.test(name),
    ),
  ),
  PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
  HOME: process.env.HOME ?? folder,
  XDG_CACHE_HOME: join(folder, 'cache'),
});

const everyStory = /confirmed[\s\S]*cancelled/i;

it(
  'what is published installed without scripts, with one dependency, and ran the demo with npx',
  async () => {
    await run('npm', ['pack', '--pack-destination', folder, '--ignore-scripts'], { cwd: root, env: env() });
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
    const install = [
      'install',
      '--prefix',
      folder,
      '--ignore-scripts',
      '--prefer-offline',
      join(folder, tarball),
    ];
    await run('npm', install, { cwd: folder, env: env() });
    const installed = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
    // The last is better-sqlite3's own, for those who compile it.
    expect(installed.sort()).toEqual(['better-sqlite3', 'node-addon-api', 'ordersaga']);
    const { stdout } = await run('npx', ['--no-install', 'ordersaga', 'demo'], { cwd: folder, env: env() });
    expect(stdout).toMatch(everyStory);
  },
  timeoutMs,
);

it.runIf(process.platform === 'linux')(
  'a single file ran the demo where there is neither npm nor Node',
  async () => {
    const output = join(folder, 'single');
    await run(process.execPath, ['scripts/package.js', output], { cwd: root, env: env() });
    const [file = ''] = readdirSync(output);
    const elsewhere = { PATH: '', HOME: join(folder, 'home') };
    const { stdout } = await run(join(output, file), ['demo'], { cwd: folder, env: elsewhere });
    expect(stdout).toMatch(everyStory);
    // Unpacked by now.
    const again = await run(join(output, file), ['--version'], { cwd: folder, env: elsewhere });
    expect(again.stdout).toMatch(/^\d+\.\d+\.\d+/);
  },
  timeoutMs,
);
