import type { SagaDefinition } from '../saga/definition.ts';
import type { SagaEvent } from '../saga/event.ts';
import { evolve } from '../saga/evolve.ts';
import type { NewEvent, SagaLog, TraceRef } from '../stores/saga-log.ts';
import type { Clock } from './clock.ts';
import type { Feed } from './feed.ts';
import { type LiveSaga, refOf, type UnsentEvent } from './live-saga.ts';
import type { Observer } from './observer.ts';

/** Somebody else drives the saga: it appended first, or a participant has seen a higher epoch. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

export type SagaWriterDeps = {
  readonly definition: SagaDefinition;
  readonly log: Pick<SagaLog, 'append'>;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly feed: Feed;
  /** Longest time to hold back an event that nobody waits for. */
  readonly holdMs: number;
};

/** Adds events to sagas being driven, whose state runs ahead of the disk. */
export type SagaWriter = {
  /** Adds an event and lets the saga's driver decide again. Written when somebody waits for it, or after `holdMs`. */
  append(saga: LiveSaga, event: SagaEvent, trace: TraceRef): void;
  /** Writes what was held back, and resolves when every event of the saga is durable. @throws Superseded, or what the log threw */
  durable(saga: LiveSaga): Promise<void>;
};

/** Makes a writer; it holds no events once every saga given to it is durable. */
export function createSagaWriter(deps: SagaWriterDeps): SagaWriter {
  const { definition, log, clock, observer, feed, holdMs } = deps;
  // In the order in which they are due, with that time.
  const holding = new Map<LiveSaga, number>();
  const never = new AbortController().signal;
  let isTicking = false;

  function send(saga: LiveSaga): void {
    holding.delete(saga);
    const events = saga.unsent.splice(0);
    if (events.length === 0) return;
    const { id: sagaId, epoch } = saga.record;
    const expectedSeq = saga.seq - events.length;
    const append = { sagaId, epoch, expectedSeq, events: events.map(rowOf), status: saga.state.status };
    const written = log.append(append).then((result) => {
      if (result.kind === 'conflict') throw new Superseded(`${sagaId}: another driver appended first`);
      events.forEach((event, index) => {
        tell(saga, event, { seq: expectedSeq + 1 + index, hash: result.hashes[index] ?? saga.headHash });
      });
    });
    written.catch((error: unknown) => {
      saga.failure ??= error;
      saga.wake();
    });
    saga.written = written;
  }

  function tell(
    saga: LiveSaga,
    { event, trace, atMs, state }: UnsentEvent,
    { seq, hash }: { readonly seq: number; readonly hash: string },
  ): void {
    const { id, epoch, createdAtMs: acceptedAtMs } = saga.record;
    const prevHash = saga.headHash;
    saga.headHash = hash;
    observer.recorded(refOf(saga), event, { state, acceptedAtMs, atMs });
    feed.publish(id, { seq, event, epoch, atMs, trace, hash, prevHash });
  }

  async function sendWhatIsDue(): Promise<void> {
    isTicking = true;
    for (const [saga, dueMs] of holding) {
      const nowMs = clock.now();
      // No longer than that, should the clock have been set back.
      if (dueMs > nowMs) await clock.sleepUntil(Math.min(dueMs, nowMs + holdMs), never);
      // It may have been sent in the meantime, and hold something newer.
      if (holding.get(saga) === dueMs) send(saga);
    }
    isTicking = false;
  }

  return {
    append(saga, event, trace) {
      const atMs = clock.now();
      const state = evolve(definition, saga.state, event);
      saga.unsent.push({ event, trace, atMs, state });
      saga.state = state;
      saga.seq += 1;
      saga.updatedAtMs = atMs;
      saga.wake();
      if (holding.has(saga)) return;
      holding.set(saga, atMs + holdMs);
      if (!isTicking) void sendWhatIsDue();
    },
    durable(saga) {
      send(saga);
      return saga.written;
    },
  };
}

const rowOf = ({ event, trace, atMs }: UnsentEvent): NewEvent => ({ event, trace, atMs });
