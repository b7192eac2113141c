import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { firstLineOf } from '../../bench/support/first-line.ts';
import type { ReadyLine } from '../../src/cli/banner.ts';

const program = fileURLToPath(new URL('../../bin/ordersaga.js', import.meta.url));

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** One `ordersaga start`, as built, in a process of its own. */
export type ServiceProcess = {
  readonly ready: ReadyLine;
  /** From the start of the process to its ready line. */
  readonly readyMs: number;
  readonly exited: Promise<Exit>;
  /** What it wrote to stderr; the end of it when it is long. */
  log(): string;
  /** Sends a signal to the process itself, not to what it is wrapped in. */
  signal(signal: NodeJS.Signals): void;
};

export type ServiceProcessOptions = {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command to run it under, e.g. `['strace', '-f']`. Default none. */
  readonly under?: readonly string[];
};

const longestLog = 256 * 1024;

/**
 * Starts it and waits for its ready line.
 *
 * @throws Error with what it wrote, when it ends before
 */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const startedMs = performance.now();
  const [command = process.execPath, ...args] = [
    ...(options.under ?? []),
    process.execPath,
    program,
    ...['start', '--json', '--log-level', 'warn'],
    ...options.args,
  ];
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, {
    env: { PATH, HOME, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-longestLog);
  });
  const exited = new Promise<Exit>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  // Whoever waits for the ready line hears of it.
  exited.catch(() => {});
  const ready = (await firstLineOf(child, () => log)) as ReadyLine;
  return {
    ready,
    readyMs: performance.now() - startedMs,
    exited,
    log: () => log,
    signal(signal) {
      if (child.exitCode === null && child.signalCode === null) process.kill(ready.pid, signal);
    },
  };
}

/** Runs a command of the built program to its end. */
export function runBuilt(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH, HOME },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output }));
  });
}
