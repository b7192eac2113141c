import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { firstLineOf } from './first-line.ts';

/** A child process that ends when its stdin does. */
export type Child = {
  readonly pid: number;
  /** The JSON of its first line. */
  readonly hello: unknown;
  close(): Promise<void>;
  /** SIGKILL, as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
};

type Environment = Readonly<Record<string, string>>;

/** Starts one of our scripts and waits for its first line. */
export const startScript = ({ pathname }: URL, args: readonly string[] = []): Promise<Child> =>
  startProcess(process.execPath, ['--disable-warning=ExperimentalWarning', pathname, ...args]);

/** @param env added to that of this process */
export async function startProcess(
  command: string,
  args: readonly string[],
  env: Environment = {},
): Promise<Child> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  return {
    pid: child.pid ?? 0,
    hello: await firstLineOf(child, () => `${command} ${args.join(' ')}`),
    close: () => end(child),
    kill: () => end(child, 'SIGKILL'),
  };
}

/** Ends a process, politely unless told otherwise, and waits for it. */
export async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  if (signal === 'SIGTERM') child.stdin?.end();
  child.kill(signal);
  await exited;
}

/**
 * Runs a program to its end and gives its output.
 *
 * @param allowed exit codes that are no failure
 * @throws Error with the beginning of the output for any other code
 */
export async function outputOf(
  command: string,
  args: readonly string[],
  allowed: readonly number[] = [0],
): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  if (!allowed.includes(Number(code ?? Number.NaN)))
    throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${text.slice(0, 2_000)}`);
  return text;
}
