import type { Clock } from '../engine/clock.ts';
import type { Observer } from '../engine/observer.ts';
import type { SagaLog } from '../stores/saga-log.ts';

const everyMs = 60_000;
// Small batches, because a sweep shares its commit with the orders of that moment.
const batch = 500;

export type Sweep = { stop(): Promise<void> };

/** Deletes idempotency rows that have expired, for as long as it runs. Expired rows are ignored even before that. */
export function startSweep(deps: {
  readonly sagaLog: SagaLog;
  readonly clock: Clock;
  readonly observer: Pick<Observer, 'trouble'>;
}): Sweep {
  const { sagaLog, clock, observer } = deps;
  const stopped = new AbortController();

  async function sweep(): Promise<void> {
    while (!stopped.signal.aborted) {
      const swept = await sagaLog.sweepExpired({ nowMs: clock.now(), limit: batch });
      if (swept < batch) return;
    }
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      await clock.sleepUntil(clock.now() + everyMs, stopped.signal);
      await sweep().catch((error: unknown) =>
        observer.trouble('expired idempotency keys could not be deleted', { error }),
      );
    }
  }

  const running = run();
  return {
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
