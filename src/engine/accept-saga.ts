import type { SagaDefinition } from '../saga/definition.ts';
import { NO_HASH } from '../stores/hash-chain.ts';
import type { Acceptance, AcceptResult, SagaLog } from '../stores/saga-log.ts';
import type { Admission } from './admission.ts';
import type { AcceptRequest } from './engine.ts';
import type { Feed } from './feed.ts';
import { type LiveSaga, newLiveSaga, refOf } from './live-saga.ts';
import { type Observer, traceRefFrom } from './observer.ts';

export type AcceptSagaDeps = {
  readonly definition: SagaDefinition;
  readonly log: Pick<SagaLog, 'accept'>;
  readonly owner: string;
  readonly observer: Observer;
  readonly feed: Feed;
  readonly admit: Admission['admit'];
  /** Never rejects. */
  drive(saga: LiveSaga): Promise<void>;
};

/** Makes a saga durable and begins to drive it, unless its idempotency key was used before. */
export function createAcceptSaga(deps: AcceptSagaDeps): (request: AcceptRequest) => Promise<AcceptResult> {
  const { definition, log, owner, observer, feed, admit, drive } = deps;

  function begin(acceptance: Acceptance, hash: string): void {
    const saga = newLiveSaga(definition, acceptance, hash);
    const { started: event, atMs, sagaId, trace } = acceptance;
    observer.recorded(refOf(saga), event, { state: saga.state, acceptedAtMs: atMs, atMs });
    feed.publish(sagaId, { seq: 1, event, epoch: 1, atMs, trace, hash, prevHash: NO_HASH });
    void drive(saga);
  }

  return (request) =>
    admit(request.sagaId, async () => {
      const acceptance = acceptanceOf(definition, owner, request);
      const result = await log.accept(acceptance);
      if (result.kind === 'accepted') begin(acceptance, result.hash);
      return result;
    });
}

function acceptanceOf(definition: SagaDefinition, owner: string, request: AcceptRequest): Acceptance {
  const { sagaId, input, traceparent, atMs, idempotency } = request;
  const { name, version, deadlineMs } = definition;
  return {
    sagaId,
    started: { type: 'SagaStarted', definition: name, version, input, deadlineAtMs: atMs + deadlineMs },
    owner,
    traceparent,
    trace: traceRefFrom(traceparent),
    atMs,
    ...(idempotency && { idempotency }),
  };
}
