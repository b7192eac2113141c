import { archivePass } from '../archive/archive-pass.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../engine/clock.ts';
import type { Observer } from '../engine/observer.ts';
import type { Logger } from '../observability/logger.ts';
import type { SqliteSagaLog } from '../stores/sqlite/saga-log.ts';

const longestRestMs = 60_000;
/**
 * The pause after a batch is at least this, and at least as long as the batch took, so orders get the log half of the
 * time.
 */
const shortestPauseMs = 10;

export type Archiving = { stop(): Promise<void> };

/**
 * Moves sagas that finished longer ago than `--retention` into the archive, for as long as it runs. Without that
 * option, it only says whether an existing archive can be read.
 */
export function startArchiving(deps: {
  readonly config: Pick<Config, 'retentionMs'>;
  readonly sagaLog: SqliteSagaLog;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info'>;
  readonly observer: Pick<Observer, 'trouble'>;
}): Archiving {
  const { sagaLog, clock, logger, observer } = deps;
  const { retentionMs } = deps.config;
  const stopped = new AbortController();
  if (sagaLog.archiveProblem !== undefined)
    observer.trouble('the archive of finished sagas cannot be read', { error: sagaLog.archiveProblem });

  async function pass(olderThanMs: number): Promise<void> {
    const startedMs = clock.now();
    let pauseUntilMs = startedMs;
    const moved = await archivePass({
      log: sagaLog,
      finishedBeforeMs: startedMs - olderThanMs,
      signal: stopped.signal,
      async betweenBatches() {
        const nowMs = clock.now();
        const batchMs = nowMs - pauseUntilMs;
        pauseUntilMs = nowMs + Math.max(shortestPauseMs, batchMs);
        await clock.sleepUntil(pauseUntilMs, stopped.signal);
      },
    });
    if (moved > 0) logger.info('finished sagas were archived', { sagas: moved, ms: clock.now() - startedMs });
  }

  async function run(olderThanMs: number): Promise<void> {
    while (!stopped.signal.aborted) {
      await clock.sleepUntil(clock.now() + Math.min(longestRestMs, olderThanMs), stopped.signal);
      await pass(olderThanMs).catch((error: unknown) =>
        observer.trouble('finished sagas could not be archived', { error }),
      );
    }
  }

  const running = retentionMs === undefined ? Promise.resolve() : run(retentionMs);
  return {
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
