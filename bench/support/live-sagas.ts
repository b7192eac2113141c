import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';

/** Sagas that have not ended, read from the log itself, so that it does not matter whether a process runs. */
export function countLiveSagas(dataDir: string): number {
  const log = new Sqlite(join(dataDir, 'saga.db'), { readonly: true });
  try {
    const count = "SELECT count(*) FROM saga WHERE status IN ('running', 'compensating')";
    return Number(log.prepare(count).pluck().get());
  } finally {
    log.close();
  }
}

/** Looks every 10 ms. @throws Error when it takes longer than five minutes */
export async function untilNoneLive(dataDir: string): Promise<void> {
  const untilMs = performance.now() + 300_000;
  for (;;) {
    const live = countLiveSagas(dataDir);
    if (live === 0) return;
    if (performance.now() > untilMs) throw new Error(`${live} sagas have not ended in five minutes`);
    await sleep(10);
  }
}
