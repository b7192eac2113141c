import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { System } from './system.ts';

/**
 * Counts fdatasync and fsync in all processes of the system while `work` goes on, with strace, which stops them at
 * every system call: what is measured meanwhile is slower than it would be.
 *
 * @throws Error when strace is not there or may not attach
 */
export async function countSyncs({ processes }: System, work: () => Promise<void>): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'ordersaga-strace-'));
  const file = join(directory, 'counts');
  const attach = processes.flatMap(({ pid }) => ['-p', `${pid}`]);
  const strace = spawn('strace', ['-f', '-c', '-e', 'trace=fdatasync,fsync', '-o', file, ...attach], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = once(strace, 'close');
  try {
    await untilAttached(strace, processes.length);
    await work();
    strace.kill('SIGINT');
    await gone;
    return syncsIn(await readFile(file, 'utf8'));
  } finally {
    strace.kill('SIGINT');
    await rm(directory, { recursive: true, force: true });
  }
}

async function untilAttached(strace: ReturnType<typeof spawn>, processes: number): Promise<void> {
  if (strace.stderr === null) throw new Error('strace was started without a pipe');
  const said: string[] = [];
  let attached = 0;
  const lines = createInterface(strace.stderr);
  const failed = once(strace, 'error').then(([error]) => {
    throw new Error('strace cannot be started; it counts what --strace asks for', { cause: error });
  });
  failed.catch(() => {});
  const enough = (async () => {
    for await (const line of lines) {
      said.push(line);
      if (/attached/.test(line)) attached += 1;
      if (attached === processes) return;
    }
    throw new Error(`strace could not attach: ${said.join('; ')}`);
  })();
  await Promise.race([enough, failed]);
  strace.stderr.resume();
}

/** The calls in the table of `strace -c`: `% time, seconds, usecs/call, calls, [errors,] syscall`. */
function syncsIn(table: string): number {
  let calls = 0;
  for (const line of table.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (/^(fdatasync|fsync)$/.test(fields.at(-1) ?? '')) calls += Number(fields[3]);
  }
  return calls;
}
