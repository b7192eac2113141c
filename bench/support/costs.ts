import { readFile } from 'node:fs/promises';
import type { System } from './system.ts';

/** Since the processes started, but for `rssMb`. */
export type Costs = {
  readonly cpuMicros: number;
  /** Of all databases, each a fdatasync of its write-ahead log. */
  readonly commits: number;
  readonly rssMb: number;
};

/** The kernel's ticks are 10 ms on every Linux there is. */
const microsPerTick = 10_000;
const bytesPerPage = 4_096;

/**
 * What all processes of the system have used: user + system time, commits, resident memory. Linux only.
 *
 * @throws Error when a process is gone or its metrics cannot be read
 */
export async function costsOf({ processes, metricsUrls }: System): Promise<Costs> {
  let [ticks, pages, commits] = [0, 0, 0];
  for (const { pid } of processes) {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    ticks += Number(fields[11]) + Number(fields[12]);
    pages += Number(fields[21]);
  }
  for (const url of metricsUrls) {
    const text = await (await fetch(url)).text();
    for (const [, count] of text.matchAll(/^ordersaga_log_commit_operations_count\{.*\} (\d+)$/gm))
      commits += Number(count);
  }
  return { cpuMicros: ticks * microsPerTick, commits, rssMb: (pages * bytesPerPage) / 1e6 };
}
