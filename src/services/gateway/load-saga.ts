import { type OrderInput, orderInputFrom } from '../../checkout/order.ts';
import { type SagaDefinition, versionProblem } from '../../saga/definition.ts';
import { IllegalEvent, stateFromEvents } from '../../saga/evolve.ts';
import type { SagaState } from '../../saga/state.ts';
import type { LoggedEvent, SagaLog, SagaRecord } from '../../stores/saga-log.ts';
import { DamagedSaga, isKnownEvent } from '../../stores/stored-event.ts';

type StoredSaga = {
  readonly record: SagaRecord;
  /** Empty when they cannot be read. */
  readonly events: readonly LoggedEvent[];
};

/** A saga as stored, with what was ordered and the state that its events add up to. */
export type ReadableSaga = StoredSaga & {
  readonly input: OrderInput;
  readonly state: SagaState;
  readonly unreadable?: undefined;
};

/** A saga as stored, or why its events add up to nothing: another version, or a log that was damaged. */
export type LoadedSaga =
  | ReadableSaga
  | (StoredSaga & {
      /** Undefined when the log has lost it. */
      readonly input: OrderInput | undefined;
      readonly state?: undefined;
      readonly unreadable: string;
    });

/** Adds its events to a record. Rejects when the log fails, but not for a damaged saga: that one says what is wrong. */
export type LoadSaga = (record: SagaRecord) => Promise<LoadedSaga>;

/** Everything that shows sagas reads their events this way, so that one damaged saga does not fail a whole page. */
export const createLoadSaga =
  (sagaLog: Pick<SagaLog, 'events'>, definition: SagaDefinition): LoadSaga =>
  async (record) => {
    const foreign = versionProblem(definition, record);
    try {
      const events = await sagaLog.events(record.id, 0);
      return foreign === undefined
        ? foldedSaga(definition, { record, events })
        : unreadableSaga({ record, events }, foreign);
    } catch (error) {
      if (!(error instanceof DamagedSaga)) throw error;
      return unreadableSaga({ record, events: [] }, foreign ?? `its log is damaged: ${error.flaw}`);
    }
  };

/** Never guesses: events that do not fit the definition are not folded. */
function foldedSaga(definition: SagaDefinition, stored: StoredSaga): LoadedSaga {
  const strange = stored.events.find(({ event }) => !isKnownEvent(event));
  if (strange !== undefined)
    return unreadableSaga(
      stored,
      addsUpToNothing(`nobody knows a ${strange.event.type} (event ${strange.seq})`),
    );
  try {
    const happened = stored.events.map(({ event }) => event);
    return sagaWithOrder({ ...stored, state: stateFromEvents(definition, happened) });
  } catch (error) {
    if (!(error instanceof IllegalEvent)) throw error;
    return unreadableSaga(stored, addsUpToNothing(error.message));
  }
}

/** A saga whose state is known: readable as far as its record says what was ordered. */
export function sagaWithOrder(saga: StoredSaga & { readonly state: SagaState }): LoadedSaga {
  const input = orderInputFrom(saga.record.input);
  return input === undefined
    ? unreadableSaga(saga, 'its first event does not say what was ordered')
    : { ...saga, input };
}

const unreadableSaga = ({ record, events }: StoredSaga, unreadable: string): LoadedSaga => ({
  record,
  events,
  input: orderInputFrom(record.input),
  unreadable,
});

const addsUpToNothing = (why: string): string => `its log does not add up: ${why}`;
