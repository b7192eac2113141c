import type { Observer, SagaRef } from '../../engine/observer.ts';
import type { SagaDefinition } from '../../saga/definition.ts';
import { sagaWithOrder } from './load-saga.ts';
import { type ActivityLedger, createActivityLedger } from './recent-activity.ts';
import { createSagaFeed, type SagaFeed } from './saga-feed.ts';
import { type SagaSummary, summaryFromSaga } from './saga-view.ts';

/** One saga that changed, as a list shows it, and the event that changed it last. */
export type SagaChange = { readonly saga: SagaSummary; readonly event: string };

/** What the gateway tells about all sagas together. */
export type Activity = {
  readonly ledger: ActivityLedger;
  readonly feed: SagaFeed<SagaChange>;
  /** Must be called with every event that became durable. */
  readonly recorded: Observer['recorded'];
};

/** Follows what the engine of this process records. Nothing is read from the log for it. */
export function createActivity(definition: SagaDefinition, now: () => number): Activity {
  const participants = new Map(definition.steps.map(({ name, participant }) => [name, participant]));
  const ledger = createActivityLedger(now, (step) => participants.get(step));
  const feed = createSagaFeed<SagaChange>();
  return {
    ledger,
    feed,
    recorded(saga, event, after) {
      ledger.note(event, after);
      feed.publish(saga.sagaId, () => ({ saga: summaryOf(definition, saga, after), event: event.type }));
    },
  };
}

/** The engine's observer, which now tells `activity` too. */
export const observedBy = (observer: Observer, activity: Pick<Activity, 'recorded'>): Observer => ({
  ...observer,
  recorded(saga, event, after) {
    observer.recorded(saga, event, after);
    activity.recorded(saga, event, after);
  },
});

function summaryOf(
  definition: SagaDefinition,
  { sagaId, epoch, traceparent, input }: SagaRef,
  { state, acceptedAtMs, atMs }: Parameters<Observer['recorded']>[2],
): SagaSummary {
  const record = {
    id: sagaId,
    definition: definition.name,
    version: definition.version,
    input,
    status: state.status,
    owner: '',
    epoch,
    seq: 0,
    traceparent,
    createdAtMs: acceptedAtMs,
    updatedAtMs: atMs,
  };
  return summaryFromSaga(definition, sagaWithOrder({ record, state, events: [] }), 'operator');
}
