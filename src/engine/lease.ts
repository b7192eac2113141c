import type { SagaLog } from '../stores/saga-log.ts';
import type { Clock } from './clock.ts';
import type { LogHealth } from './log-health.ts';
import type { Observer } from './observer.ts';

/** Keeps saying "I am alive" in the log, so that no other process takes this one's sagas over. */
export type Lease = {
  /** Takes the lease; resolves when it is durable. */
  take(): Promise<void>;
  /** Gives it up, so that others may take over at once. */
  giveUp(): Promise<void>;
};

type LeaseDeps = {
  readonly log: SagaLog;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly owner: string;
  readonly leaseMs: number;
  /** Where each renewal notes how it ended: it is a write also when nobody orders. */
  readonly health: Pick<LogHealth, 'note'>;
};

export function createLease({ log, clock, observer, owner, leaseMs, health }: LeaseDeps): Lease {
  const stopped = new AbortController();
  let beating: Promise<void> = Promise.resolve();

  async function renew(): Promise<void> {
    await log.renewLease({ owner, nowMs: clock.now(), leaseMs });
    health.note('working');
  }

  function notRenewed(error: unknown): void {
    health.note('failing');
    observer.trouble('the lease could not be renewed', { error });
  }

  // A late beat does no harm: a process that took a saga over holds a higher epoch, and this one notices.
  async function beat(): Promise<void> {
    for (;;) {
      await clock.sleepUntil(clock.now() + leaseMs / 3, stopped.signal);
      if (stopped.signal.aborted) return;
      await renew().catch(notRenewed);
    }
  }

  return {
    async take() {
      await renew();
      beating = beat();
    },
    async giveUp() {
      stopped.abort();
      await beating;
      await log
        .releaseLease(owner)
        .catch((error: unknown) => observer.trouble('the lease could not be given up', { error }));
    },
  };
}
