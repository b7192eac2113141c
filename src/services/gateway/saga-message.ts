import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { traceRefFrom } from '../../engine/observer.ts';
import {
  type Saga,
  type SagaEvent,
  SagaEventSchema,
  SagaSchema,
  SagaStatus,
} from '../../gen/ordersaga/saga/v1/saga_pb.js';
import type { SagaDefinition } from '../../saga/definition.ts';
import type { SagaStatus as Status } from '../../saga/state.ts';
import type { LoggedEvent } from '../../stores/saga-log.ts';
import type { LoadedSaga } from './load-saga.ts';
import { summaryFromSaga } from './saga-view.ts';

/** The statuses on the wire. */
export const statusMessages: Readonly<Record<Status, SagaStatus>> = {
  running: SagaStatus.RUNNING,
  compensating: SagaStatus.COMPENSATING,
  completed: SagaStatus.COMPLETED,
  compensated: SagaStatus.COMPENSATED,
  halted: SagaStatus.HALTED,
};

/** A saga on the wire. */
export function messageFromSaga(definition: SagaDefinition, saga: LoadedSaga): Saga {
  const { record, state, unreadable } = saga;
  const { status, steps, reason = unreadable ?? '' } = summaryFromSaga(definition, saga, 'operator');
  return create(SagaSchema, {
    id: record.id,
    definition: record.definition,
    definitionVersion: record.version,
    status: statusMessages[status],
    steps: steps.map((step) => ({
      name: step.name,
      kind: step.kind,
      status: step.status,
      attempts: step.attempts,
      compensationAttempts: step.compensation_attempts,
      lastError: step.last_error ?? '',
    })),
    reason,
    traceId: traceRefFrom(record.traceparent).traceId,
    epoch: BigInt(record.epoch),
    createdAt: timestampFromMs(record.createdAtMs),
    updatedAt: timestampFromMs(record.updatedAtMs),
    ...(state && { deadlineAt: timestampFromMs(state.deadlineAtMs) }),
  });
}

/** One logged event on the wire. */
export const messageFromEvent = ({ event, ...row }: LoggedEvent): SagaEvent =>
  create(SagaEventSchema, {
    seq: BigInt(row.seq),
    type: event.type,
    step: ('step' in event && event.step) || '',
    attempt: 'attempt' in event ? event.attempt : 0,
    dataJson: JSON.stringify(event),
    traceId: row.trace.traceId,
    spanId: row.trace.spanId,
    epoch: BigInt(row.epoch),
    at: timestampFromMs(row.atMs),
    hash: Uint8Array.from(Buffer.from(row.hash, 'hex')),
  });

/** undefined when unspecified: all statuses. */
export const statusFromMessage = (wanted: SagaStatus): Status | undefined =>
  (Object.keys(statusMessages) as Status[]).find((status) => statusMessages[status] === wanted);
