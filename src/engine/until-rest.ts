import { isUnderWay, type SagaState } from '../saga/state.ts';
import type { SagaLog, SagaRecord } from '../stores/saga-log.ts';
import type { Clock } from './clock.ts';
import type { LiveSaga } from './live-saga.ts';

/** A saga with nothing left to do for now, and durably so: it is terminal, or a person must decide. */
export type RestingSaga = { readonly record: SagaRecord; readonly state: SagaState };

export type UntilRestDeps = {
  readonly live: ReadonlyMap<string, LiveSaga>;
  readonly log: Pick<SagaLog, 'get'>;
  readonly clock: Clock;
};

// A saga that another process drives, or that waits for recovery, is read from the log now and then.
const lookAgainMs = 1_000;

/**
 * Waits until a saga rests or the signal aborts.
 *
 * @returns the saga, when it came to rest in this process; undefined when the log must be asked how it is
 */
export async function untilRest(
  { live, log, clock }: UntilRestDeps,
  sagaId: string,
  signal: AbortSignal,
): Promise<RestingSaga | undefined> {
  const stopped = aborted(signal);
  while (!signal.aborted) {
    const saga = live.get(sagaId);
    if (saga !== undefined) {
      await Promise.race([saga.driven, stopped]);
      if (saga.rests) return { record: recordOf(saga), state: saga.state };
    } else {
      const record = await log.get(sagaId);
      if (record === undefined || !isUnderWay(record.status)) return undefined;
    }
    if (!live.has(sagaId)) await clock.sleepUntil(clock.now() + lookAgainMs, signal);
  }
  return undefined;
}

const recordOf = ({ record, state, seq, updatedAtMs }: LiveSaga): SagaRecord => ({
  ...record,
  status: state.status,
  seq,
  updatedAtMs,
});

/** Resolves when the signal aborts. */
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
