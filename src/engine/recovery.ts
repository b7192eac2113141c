import { type SagaDefinition, versionProblem } from '../saga/definition.ts';
import type { SagaLog, SagaRecord, UndrivenSaga } from '../stores/saga-log.ts';
import type { Clock } from './clock.ts';
import { type LiveSaga, liveSagaFrom } from './live-saga.ts';
import { type Observer, traceRefFrom } from './observer.ts';
import type { SagaWriter } from './saga-writer.ts';

/** What the end of a driver says about its saga: nothing (`handover`), or that the saga may have caused it (`crash`). */
export type DriverEnd = 'handover' | 'crash';

export type RecoveryDeps = {
  readonly definition: SagaDefinition;
  readonly log: SagaLog;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly owner: string;
  readonly limits: { readonly recoveryConcurrency: number; readonly recoveryIntervalMs: number };
  /** Sagas that drivers of this process have in hand. */
  readonly live: ReadonlyMap<string, LiveSaga>;
  /** Never rejects. */
  drive(saga: LiveSaga): Promise<void>;
  readonly writer: SagaWriter;
  /** Called at every pass: like undriven sagas, pauses can come from other processes. */
  refreshPauses(): Promise<void>;
};

export type Recovery = {
  /** Looks for undriven sagas, now and at every interval. */
  start(): void;
  /** A driver of this process gave up on a saga that it owns; the next pass takes it up again. */
  noteFailure(sagaId: string, end: DriverEnd): void;
  /** Ends after the pass under way. */
  stop(): Promise<void>;
};

// From this many crashes in a row on, a saga is suspect: it is recovered alone, so that no innocent one shares its next
// crash, and only after a while that doubles with every crash, so that it is not blamed when something else ends this
// process, again and again, within moments of its start.
const suspectCrashes = 2;
const suspectDelayMs = 250;
const longestSuspectDelayMs = 30_000;

const delayMsOf = (crashes: number): number =>
  Math.min(suspectDelayMs * 2 ** (crashes - suspectCrashes), longestSuspectDelayMs);

/**
 * Picks up sagas that nobody drives: after a crash of this process or another, after a handover, and after a driver of
 * this process failed. Costs what is live, never what is finished.
 */
export function createRecovery(deps: RecoveryDeps): Recovery {
  const { definition, log, clock, observer, owner, limits, live, writer } = deps;
  // Sagas of our own whose driver failed. Others of our own are being driven, or about to be.
  const failed = new Map<string, DriverEnd>();
  const recovering = new Map<string, Promise<void>>();
  const unknown = new Set<string>();
  const stopped = new AbortController();
  let loop: Promise<void> = Promise.resolve();
  let suspectsTurn: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      await Promise.all([deps.refreshPauses(), pass()]).catch((error: unknown) =>
        observer.trouble('recovery could not read the saga log', { error }),
      );
      // Jittered, so that a fleet does not look at the same instant.
      const pauseMs = limits.recoveryIntervalMs * (0.75 + clock.random() / 2);
      await clock.sleepUntil(clock.now() + pauseMs, stopped.signal);
    }
  }

  /** One walk over all undriven sagas, page by page. */
  async function pass(): Promise<void> {
    const limit = limits.recoveryConcurrency;
    let afterId: string | undefined;
    do {
      const query = { owner, nowMs: clock.now(), limit, ...(afterId !== undefined && { afterId }) };
      const page = await log.findUndriven(query);
      for (const undriven of page.filter(isUndriven)) {
        while (recovering.size >= limit) await Promise.race(recovering.values());
        if (stopped.signal.aborted) return;
        begin(undriven);
      }
      afterId = page.length < limit ? undefined : page.at(-1)?.record.id;
    } while (afterId !== undefined);
  }

  function isUndriven({ record, lapse }: UndrivenSaga): boolean {
    const { id } = record;
    if (live.has(id) || recovering.has(id)) return false;
    if (lapse === 'own' && !failed.has(id)) return false;
    return isKnown(record);
  }

  /** A saga of another version is left to a process that knows it. Said once for each version, not at every pass. */
  function isKnown(record: SagaRecord): boolean {
    const problem = versionProblem(definition, record);
    if (problem === undefined) return true;
    if (!unknown.has(problem)) {
      unknown.add(problem);
      const error = new Error(`${record.id} is not driven: ${problem}`);
      observer.trouble('a saga of an unknown version waits', { sagaId: record.id, error });
    }
    return false;
  }

  /** Counts against the cap until the saga rests or waits. */
  function begin(undriven: UndrivenSaga): void {
    const { id } = undriven.record;
    const end = undriven.lapse === 'own' ? (failed.get(id) ?? 'crash') : lapseEnd[undriven.lapse];
    const recovered = recover(undriven, end)
      .catch((error: unknown) => {
        failed.set(id, end);
        observer.trouble('a saga could not be recovered', { sagaId: id, error });
      })
      .finally(() => recovering.delete(id));
    recovering.set(id, recovered);
  }

  async function recover({ record: { id: sagaId, epoch } }: UndrivenSaga, end: DriverEnd): Promise<void> {
    const record = await log.claim({ sagaId, owner, expectedEpoch: epoch });
    failed.delete(sagaId);
    if (record === undefined) return;
    const saga = liveSagaFrom(definition, record, await log.events(sagaId, 0));
    const { recoveries } = saga.state;
    if (recoveries < suspectCrashes) return resume(saga, end);
    await clock.sleepUntil(clock.now() + delayMsOf(recoveries), stopped.signal);
    suspectsTurn = suspectsTurn.catch(() => {}).then(() => resume(saga, end));
    return suspectsTurn;
  }

  /** Resolves when the saga rests or waits for the first time. */
  async function resume(saga: LiveSaga, after: DriverEnd): Promise<void> {
    if (stopped.signal.aborted) return;
    // A saga in its back-off did nothing when its process died, so it is not to blame, however often that happens.
    const wasWaiting = saga.state.budget.retryAtMs > clock.now();
    const event = { type: 'SagaRecovered', owner, after: wasWaiting ? 'handover' : after } as const;
    writer.append(saga, event, traceRefFrom(saga.record.traceparent));
    // Durable before anything is done for the saga, or a saga that kills its driver would never be counted.
    await writer.durable(saga);
    const { promise: paused, resolve } = Promise.withResolvers<void>();
    saga.onPause = resolve;
    await Promise.race([deps.drive(saga), paused]);
  }

  return {
    start() {
      loop = run();
    },
    noteFailure: (sagaId, end) => void failed.set(sagaId, end),
    async stop() {
      stopped.abort();
      await loop;
      await Promise.allSettled(recovering.values());
    },
  };
}

const lapseEnd: Readonly<Record<'released' | 'dead', DriverEnd>> = { released: 'handover', dead: 'crash' };
