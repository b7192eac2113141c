import type { EngineObserver } from '../observability/engine-observer.ts';
import { type SagaDefinition, versionProblem } from '../saga/definition.ts';
import { stateFromEvents } from '../saga/evolve.ts';
import type { SagaLog } from '../stores/saga-log.ts';

const pageSize = 200;

/** Makes the sagas that were halted before this start count as unfinished in the metrics: nobody drives them. */
export async function adoptHalted(
  log: SagaLog,
  definition: SagaDefinition,
  observer: EngineObserver,
): Promise<void> {
  let beforeId: string | undefined;
  do {
    const page = await log.list({
      statuses: ['halted'],
      limit: pageSize,
      ...(beforeId !== undefined && { beforeId }),
    });
    for (const record of page) {
      // Left to the processes of the version that it was started by.
      if (versionProblem(definition, record) !== undefined) continue;
      const { id: sagaId, epoch, traceparent, input, createdAtMs: acceptedAtMs } = record;
      const events = (await log.events(sagaId, 0)).map(({ event }) => event);
      const state = stateFromEvents(definition, events);
      observer.adopt({ sagaId, epoch, traceparent, input, recovered: true }, { state, acceptedAtMs });
    }
    beforeId = page.length < pageSize ? undefined : page.at(-1)?.id;
  } while (beforeId !== undefined);
}
