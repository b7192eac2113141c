/**
 * How long `ordersaga verify` takes over a shop with a long history. Writes the four databases straight with SQL, with
 * real events and hash chains, in a temporary directory, then runs the command on them.
 *
 *   node bench/verify-million.ts [--sagas 1000000] [--dir DIR] [--keep] [--threads N]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { verifyFiles } from '../src/verify/files/verify-files.ts';
import { writeHistory } from './support/write-history.ts';

const { values } = parseArgs({
  options: {
    sagas: { type: 'string', default: '1000000' },
    dir: { type: 'string' },
    keep: { type: 'boolean', default: false },
    threads: { type: 'string' },
  },
});
const dataDir = values.dir ?? mkdtempSync(join(tmpdir(), 'ordersaga-verify-'));
const sagas = Number(values.sagas);
const seconds = (fromMs: number): string => ((performance.now() - fromMs) / 1_000).toFixed(1);
try {
  if (values.dir === undefined) {
    const writingMs = performance.now();
    const { logRows } = writeHistory(dataDir, sagas);
    const mebibytes = ['saga', 'order', 'inventory', 'payment'].map((name) =>
      Math.round(statSync(join(dataDir, `${name}.db`)).size / 1024 ** 2),
    );
    console.log(
      `wrote ${sagas} sagas, ${logRows} log rows, ${mebibytes.join(' + ')} MiB in ${seconds(writingMs)} s`,
    );
  }
  for (const round of [1, 2, 3]) {
    const startedMs = performance.now();
    const cpu = process.cpuUsage();
    let peakBytes = 0;
    const report = await verifyFiles({
      dataDir,
      nowMs: Date.now(),
      ...(values.threads !== undefined && { threads: Number(values.threads) }),
      onProgress: () => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())),
    });
    const { result, events } = report;
    const { user, system } = process.cpuUsage(cpu);
    const cpuSeconds = ((user + system) / 1e6).toFixed(1);
    const peak = Math.round(peakBytes / 1024 ** 2);
    console.log(
      `round ${round}: ${result}, ${events} log rows in ${seconds(startedMs)} s (${cpuSeconds} s CPU), ${peak} MiB resident`,
    );
    for (const { message } of report.violations.slice(0, 5)) console.log(`  ${message}`);
  }
} finally {
  if (values.dir === undefined && !values.keep) rmSync(dataDir, { recursive: true });
  else console.log(`kept ${dataDir}`);
}
