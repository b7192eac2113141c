import { Overloaded } from './engine.ts';
import type { Failures } from './failures.ts';
import type { LogHealth } from './log-health.ts';
import type { Observer } from './observer.ts';
import { refusal } from './refusal.ts';

export type AdmissionDeps = {
  readonly limits: { readonly maxLive: number; readonly maxActive: number };
  /** How many sagas of this process are unfinished, and how many of these wait. */
  counts(): { readonly live: number; readonly waiting: number };
  readonly stopping: AbortSignal;
  readonly observer: Observer;
  readonly failures: Failures;
  readonly health: LogHealth;
};

/** The door for new sagas. */
export type Admission = {
  /** @throws Overloaded when one more saga would be one too many */
  assertAdmits(): void;
  /**
   * Lets a saga in, to be written.
   *
   * @throws Overloaded when one more would be one too many, or when it could not be written
   */
  admit<Result>(sagaId: string, write: () => Promise<Result>): Promise<Result>;
  /** Let in and not durable yet. They count as live, or a burst would pass the bound before the first commit. */
  pending(): number;
};

const retryAfterMs = 1_000;

export function createAdmission(deps: AdmissionDeps): Admission {
  const { limits, stopping, observer, failures, health } = deps;
  let pending = 0;

  function assertAdmits(): void {
    const { live, waiting } = deps.counts();
    const why = refusal(limits, { stopping: stopping.aborted, live: live + pending, waiting });
    if (why === undefined) return;
    observer.refusedAdmission(why);
    throw new Overloaded(why, retryAfterMs);
  }

  return {
    assertAdmits,
    async admit(sagaId, write) {
      assertAdmits();
      pending += 1;
      try {
        const result = await write();
        health.note('working');
        return result;
      } catch (error) {
        health.note('failing');
        // Whether it was written may be unknown. If it was, it is driven like any other saga, and a replay finds it.
        failures.note(sagaId, 'handover');
        observer.refusedAdmission('log');
        observer.trouble('a saga could not be written to the log', { sagaId, error });
        throw new Overloaded('log', retryAfterMs, error);
      } finally {
        pending -= 1;
      }
    },
    pending: () => pending,
  };
}
