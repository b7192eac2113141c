import type { EngineObserver } from '../observability/engine-observer.ts';
import { type SagaDefinition, versionProblem } from '../saga/definition.ts';
import { createLoadSaga, type LoadedSaga } from '../services/gateway/load-saga.ts';
import type { SagaLog } from '../stores/saga-log.ts';

const pageSize = 200;

/**
 * Makes the sagas that were halted before this start count as unfinished in the metrics: nobody drives them. One that is
 * damaged is reported and left out, because the others still need a gateway.
 *
 * @throws DatabaseError when the log cannot be read
 */
export async function adoptHalted(
  log: Pick<SagaLog, 'list' | 'events'>,
  definition: SagaDefinition,
  observer: Pick<EngineObserver, 'adopt' | 'trouble'>,
): Promise<void> {
  const load = createLoadSaga(log, definition);
  let beforeId: string | undefined;
  do {
    const page = await log.list({
      statuses: ['halted'],
      limit: pageSize,
      ...(beforeId !== undefined && { beforeId }),
    });
    for (const record of page) {
      // Left to processes of the version that started it.
      if (versionProblem(definition, record) === undefined) adopt(await load(record), observer);
    }
    beforeId = page.length < pageSize ? undefined : page.at(-1)?.id;
  } while (beforeId !== undefined);
}

function adopt(saga: LoadedSaga, observer: Pick<EngineObserver, 'adopt' | 'trouble'>): void {
  const { id: sagaId, epoch, traceparent, input, createdAtMs: acceptedAtMs } = saga.record;
  if (saga.state === undefined) {
    const error = new Error(`saga ${sagaId} is left out of the metrics: ${saga.unreadable}`);
    observer.trouble('a halted saga could not be read', { sagaId, error });
    return;
  }
  observer.adopt({ sagaId, epoch, traceparent, input, recovered: true }, { state: saga.state, acceptedAtMs });
}
