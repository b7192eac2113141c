import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { main } from '../../src/cli/main.ts';

const entry = fileURLToPath(new URL('./entry.ts', import.meta.url));

export type CliResult = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type CliProcess = {
  readonly child: ChildProcess;
  /** Resolves with the first line of stdout that has the text; rejects when the process ends before. */
  line(text: string): Promise<string>;
  readonly ended: Promise<CliResult>;
};

/** Starts the command line from its sources, as a process of its own. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): CliProcess {
  const child = spawn(process.execPath, [entry, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const check of waiting) check();
    });
  }
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output }));
  });
  const line = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const check = (): void => {
        const complete = output.stdout.split('\n').slice(0, -1);
        const found = complete.find((candidate) => candidate.includes(text));
        if (found === undefined) return;
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
      void ended.then(({ code, stdout, stderr }) =>
        reject(new Error(`ended with ${code} before it printed ${text}:\n${stdout}\n${stderr}`)),
      );
    });
  return { child, line, ended };
}

/** Runs a command line to its end. */
export const runCli = (args: readonly string[], env?: Readonly<Record<string, string>>): Promise<CliResult> =>
  startCli(args, env).ended;

/** Runs a command line in this process, which is enough where no signal, stream or variable matters. */
export async function runHere(...args: string[]): Promise<CliResult> {
  const output = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof output) => ({
    write(text: string) {
      output[name] += text;
    },
  });
  return { code: await main(args, stream('stdout'), stream('stderr')), ...output };
}
