import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 90_000 });

const program = fileURLToPath(new URL('../../bin/ordersaga.js', import.meta.url));
const ports = ['http', 'order', 'inventory', 'payment', 'saga'].flatMap((name) => [`--${name}-port`, '0']);

// Has the process that is started take itself for an old Node, and not the one that it hands over to.
const old = `if (!process.env.ORDERSAGA_HANDED_OVER)
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.0.0' } });`;

type Started = {
  readonly child: ChildProcess;
  /** Of the process that serves. */
  readonly pid: number;
  /** When nobody holds its output any more: both processes have ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
};

/** The program as built, under a Node that it thinks too old. */
async function startOnOldNode(): Promise<Started> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ordersaga-hand-over-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const child = spawn(process.execPath, [program, 'start', '--json', ...ports, '--data-dir', dataDir], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(old)}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stderr }));
  });
  const ready = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', resolve);
    void ended.then(() => reject(new Error(stderr)));
  });
  const { pid } = JSON.parse(ready);
  onTestFinished(() => killIfThere(pid));
  return { child, pid, ended };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, as it should.
  }
}

test('the process that serves ends with the one that was started, when that one is killed', async () => {
  const { child, pid, ended } = await startOnOldNode();
  expect(pid).not.toBe(child.pid);
  child.kill('SIGKILL');
  await ended;
});

test('a signal reaches the process that serves, and its end is the end of both', async () => {
  const { child, pid, ended } = await startOnOldNode();
  expect(pid).not.toBe(child.pid);
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(stderr).toContain('Shut down in good order.');
});
