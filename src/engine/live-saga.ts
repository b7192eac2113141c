import type { SagaDefinition } from '../saga/definition.ts';
import { initialState, stateFromEvents } from '../saga/evolve.ts';
import type { SagaState } from '../saga/state.ts';
import { NO_HASH } from '../stores/hash-chain.ts';
import type { Acceptance, LoggedEvent, NewEvent, SagaRecord } from '../stores/saga-log.ts';
import type { SagaRef } from './observer.ts';

/** An event that the log has not been given yet, and what the saga is after it. */
export type UnsentEvent = NewEvent & { readonly state: SagaState };

/**
 * A saga while a driver of this process drives it. `state` and `seq` run ahead of the disk: they include events whose
 * commit is still under way, which `written` waits for, and those that are `unsent`.
 */
export type LiveSaga = {
  readonly record: SagaRecord;
  readonly recovered: boolean;
  state: SagaState;
  seq: number;
  /** When the last event was appended. */
  updatedAtMs: number;
  /** Hash of its last event that is durable. */
  headHash: string;
  /** Held back because nobody waits for them; they are written with the saga's next event, or after a moment. */
  readonly unsent: UnsentEvent[];
  /** Settles when everything that was sent to the log is durable; rejects when it is not and never will be. */
  written: Promise<void>;
  /** Why this driver must stop: the log refused or failed a write. */
  failure?: unknown;
  /** Its driver has ended, because there is nothing to do; whoever appends now has to drive it. */
  rests: boolean;
  /** Resolves when its driver has ended, however it ended; replaced for each driver. */
  driven: Promise<void>;
  /** Interrupts a wait; replaced for each wait. */
  wake: () => void;
  /** Called whenever the driver begins to wait. */
  onWait?: () => void;
};

/** A saga of the log, about to be driven. Its last durable state is its state. */
export function liveSagaFrom(
  definition: SagaDefinition,
  record: SagaRecord,
  logged: readonly LoggedEvent[],
): LiveSaga {
  const state = stateFromLog(definition, logged);
  return live(record, { recovered: true, state, headHash: logged.at(-1)?.hash ?? NO_HASH });
}

/** @throws IllegalEvent when the log is damaged */
export const stateFromLog = (definition: SagaDefinition, logged: readonly LoggedEvent[]): SagaState =>
  stateFromEvents(
    definition,
    logged.map(({ event }) => event),
  );

/**
 * A saga that was just accepted.
 *
 * @param headHash of its first event
 */
export function newLiveSaga(definition: SagaDefinition, acceptance: Acceptance, headHash: string): LiveSaga {
  const { sagaId: id, started, owner, traceparent, atMs } = acceptance;
  const { version, input } = started;
  const record: SagaRecord = {
    id,
    definition: started.definition,
    version,
    input,
    status: 'running',
    owner,
    epoch: 1,
    seq: 1,
    traceparent,
    createdAtMs: atMs,
    updatedAtMs: atMs,
  };
  return live(record, { recovered: false, state: initialState(definition, started), headHash });
}

/** Everything about it is durable, and nobody drives it yet. */
const live = (record: SagaRecord, durable: Pick<LiveSaga, 'recovered' | 'state' | 'headHash'>): LiveSaga => ({
  record,
  ...durable,
  seq: record.seq,
  updatedAtMs: record.updatedAtMs,
  unsent: [],
  written: Promise.resolve(),
  driven: Promise.resolve(),
  rests: false,
  wake: () => {},
});

/** How the observer knows a saga being driven. */
export const refOf = ({ record, recovered }: Pick<LiveSaga, 'record' | 'recovered'>): SagaRef => ({
  sagaId: record.id,
  epoch: record.epoch,
  traceparent: record.traceparent,
  recovered,
  input: record.input,
});
