import type { Clock } from '../engine/clock.ts';
import { repeatedly } from '../engine/repeatedly.ts';
import type { EngineObserver } from '../observability/engine-observer.ts';
import { type SagaDefinition, versionProblem } from '../saga/definition.ts';
import { createLoadSaga, type LoadedSaga } from '../services/gateway/load-saga.ts';
import type { SagaLog, SagaRecord } from '../stores/saga-log.ts';

const pageSize = 200;
const everyMs = 30_000;

export type HaltedWatch = { stop(): Promise<void> };

export type HaltedWatchDeps = {
  readonly sagaLog: Pick<SagaLog, 'list' | 'events'>;
  readonly definition: SagaDefinition;
  readonly clock: Clock;
  readonly observer: Pick<EngineObserver, 'adopt' | 'keepHalted' | 'trouble'>;
};

/**
 * Keeps all halted sagas among the unfinished ones of the metrics, for as long as it runs. Nobody drives them, so no
 * driver of this process tells of those that were halted before its start, or that another gateway halts or takes up.
 * One that is damaged is reported once and left out, because the others still need a gateway.
 *
 * @throws DatabaseError when the log cannot be read at first
 */
export async function watchHalted(deps: HaltedWatchDeps): Promise<HaltedWatch> {
  const { sagaLog, definition, clock, observer } = deps;
  const load = createLoadSaga(sagaLog, definition);
  const stopped = new AbortController();
  let known: ReadonlySet<string> = new Set();

  async function look(): Promise<void> {
    const startedAtMs = clock.now();
    const halted = new Set<string>();
    for await (const record of haltedSagas(sagaLog)) {
      halted.add(record.id);
      // Those of another version are left to the processes that know it.
      if (known.has(record.id) || versionProblem(definition, record) !== undefined) continue;
      adopt(await load(record), observer);
    }
    known = halted;
    observer.keepHalted(halted, startedAtMs);
  }

  await look();
  const repeating = repeatedly(look, {
    clock,
    intervalMs: everyMs,
    signal: stopped.signal,
    onError: (error) => observer.trouble('the halted sagas could not be read', { error }),
  });
  return {
    async stop() {
      stopped.abort();
      await repeating;
    },
  };
}

async function* haltedSagas(log: Pick<SagaLog, 'list'>): AsyncGenerator<SagaRecord> {
  let beforeId: string | undefined;
  do {
    const bound = beforeId === undefined ? {} : { beforeId };
    const page = await log.list({ statuses: ['halted'], limit: pageSize, ...bound });
    yield* page;
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
  // Whoever has taken it up in the meantime tells of it.
  if (saga.state.status !== 'halted') return;
  observer.adopt({ sagaId, epoch, traceparent, input, recovered: true }, { state: saga.state, acceptedAtMs });
}
