import type { SagaLog } from '../stores/saga-log.ts';
import type { Clock } from './clock.ts';
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
  /** Called after each renewal: the log can be written. */
  readonly onRenewed: () => void;
};

export function createLease({ log, clock, observer, owner, leaseMs, onRenewed }: LeaseDeps): Lease {
  const stopped = new AbortController();
  let beating: Promise<void> = Promise.resolve();

  const renew = (): Promise<void> => log.renewLease({ owner, nowMs: clock.now(), leaseMs }).then(onRenewed);

  // A late beat does no harm: a process that took a saga over holds a higher epoch, and this one notices.
  async function beat(): Promise<void> {
    for (;;) {
      await clock.sleepUntil(clock.now() + leaseMs / 3, stopped.signal);
      if (stopped.signal.aborted) return;
      await renew().catch((error: unknown) => observer.trouble('the lease could not be renewed', { error }));
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
