import type { Driver } from './driver.ts';
import type { Failures } from './failures.ts';
import { type LiveSaga, refOf } from './live-saga.ts';
import type { LogHealth } from './log-health.ts';
import type { Observer } from './observer.ts';
import { type SagaWriter, Superseded } from './saga-writer.ts';

export type SupervisorDeps = {
  readonly driver: Driver;
  readonly writer: Pick<SagaWriter, 'durable'>;
  readonly observer: Observer;
  /** Notes each saga whose driver failed. */
  readonly failures: Failures;
  readonly health: LogHealth;
};

/** Drives every saga of this process, and makes sure that none is forgotten when its driver fails. */
export type Supervisor = {
  /** Sagas that drivers of this process have in hand, by id. */
  readonly live: ReadonlyMap<string, LiveSaga>;
  /** Drives a saga to its rest. Never rejects: whatever goes wrong is noted for recovery, which takes it from the log again. */
  drive(saga: LiveSaga): Promise<void>;
  /** Resolves when all drivers that are at work now have ended. */
  idle(): Promise<void>;
};

export function createSupervisor({ driver, writer, observer, failures, health }: SupervisorDeps): Supervisor {
  const live = new Map<string, LiveSaga>();
  const driving = new Set<Promise<void>>();

  function noteFailure(saga: LiveSaga, error: unknown): void {
    const { id: sagaId } = saga.record;
    const failure = failureOf(saga, error);
    // What it had learned goes to the log before the next driver reads it.
    writer.durable(saga).catch(() => {});
    failures.note(sagaId, failure === 'driver' ? 'crash' : 'handover');
    switch (failure) {
      case 'superseded':
        // Somebody else has it, and recovery leaves it alone.
        observer.released(refOf(saga));
        return;
      case 'log':
        health.note('failing');
        observer.trouble('the saga log could not be written', { sagaId, error });
        return;
      case 'driver':
        observer.trouble('a driver failed', { sagaId, error });
    }
  }

  return {
    live,
    drive(saga) {
      const { id } = saga.record;
      live.set(id, saga);
      const driven = driver
        .drive(saga)
        .then(
          () => health.note('working'),
          (error: unknown) => noteFailure(saga, error),
        )
        .finally(() => {
          live.delete(id);
          driving.delete(driven);
        });
      driving.add(driven);
      saga.driven = driven;
      return driven;
    },
    async idle() {
      await Promise.all(driving);
    },
  };
}

/** What failed, when a driver did. */
function failureOf(saga: LiveSaga, error: unknown): 'superseded' | 'log' | 'driver' {
  if (error instanceof Superseded) return 'superseded';
  return saga.failure === undefined ? 'driver' : 'log';
}
