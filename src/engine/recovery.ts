import { decide } from '../saga/decide.ts';
import { type SagaDefinition, versionProblem } from '../saga/definition.ts';
import type { SagaLog, SagaRecord, UndrivenSaga } from '../stores/saga-log.ts';
import type { Clock } from './clock.ts';
import type { DriverEnd, Failures } from './failures.ts';
import { type LiveSaga, liveSagaFrom, refOf, stateFromLog } from './live-saga.ts';
import { type Observer, traceRefFrom } from './observer.ts';
import { repeatedly } from './repeatedly.ts';
import type { SagaWriter } from './saga-writer.ts';

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
  /** Sagas of this process whose driver failed; the next walk takes them up again. */
  readonly failures: Failures;
  readonly writer: SagaWriter;
};

export type Recovery = {
  /** Looks for undriven sagas, now and at every interval. */
  start(): void;
  /** Ends after the walk under way. */
  stop(): Promise<void>;
};

// After this many crashes in a row a saga is suspect. It is recovered alone, so that its next crash takes no other saga
// with it, and after a delay that doubles with every crash, so that it is not blamed when something else keeps ending
// this process right after its start. The delay outlasts the start, in which a call that takes milliseconds later takes
// hundreds, so that a kill would often meet it.
const suspectCrashes = 2;
const suspectDelayMs = 1_000;
const longestSuspectDelayMs = 30_000;

const delayMsOf = (crashes: number): number =>
  Math.min(suspectDelayMs * 2 ** (crashes - suspectCrashes), longestSuspectDelayMs);

/**
 * Picks up sagas that nobody drives: after a crash of this process or another, after a handover, and after a driver of
 * this process failed. Costs what is live, never what is finished.
 */
export function createRecovery(deps: RecoveryDeps): Recovery {
  const { definition, log, clock, observer, owner, limits, live, failures, writer } = deps;
  // Until they rest or wait for the first time, or turn out to be suspect. Only these count against the cap.
  const recovering = new Map<string, Promise<void>>();
  const suspects = new Set<Promise<void>>();
  let suspectsTurn: Promise<void> = Promise.resolve();
  // What was reported, and is not reported again with every walk: a problem with versions, and the one of each saga.
  const reportedVersions = new Set<string>();
  const reportedSagas = new Map<string, string>();
  const stopped = new AbortController();
  let walking: Promise<void> = Promise.resolve();

  /** Over all undriven sagas, page by page. */
  async function walk(): Promise<void> {
    const failed = failures.beginWalk();
    // Unless a driver failed, all sagas of our own are being driven, or about to be.
    for await (const undriven of undrivenSagas({ exceptOwn: failures.count() === 0 })) {
      failed.found(undriven.record.id);
      if (!isForUs(undriven)) continue;
      while (recovering.size >= limits.recoveryConcurrency) await Promise.race(recovering.values());
      if (stopped.signal.aborted) return;
      begin(undriven);
    }
    for (const sagaId of failed.end()) await leave(sagaId);
  }

  /** Its driver failed here, and it is not undriven. Nobody else counts it while it waits for a person. */
  async function leave(sagaId: string): Promise<void> {
    const record = await log.get(sagaId);
    if (record && record.status !== 'halted') observer.released(refOf({ record, recovered: true }));
  }

  async function* undrivenSagas(query: { readonly exceptOwn: boolean }): AsyncGenerator<UndrivenSaga> {
    const limit = limits.recoveryConcurrency;
    let afterId: string | undefined = '';
    while (afterId !== undefined) {
      const nowMs = clock.now();
      const page: readonly UndrivenSaga[] = await log.findUndriven({
        ...query,
        owner,
        nowMs,
        limit,
        afterId,
      });
      yield* page;
      afterId = page.length < limit ? undefined : page.at(-1)?.record.id;
    }
  }

  function isForUs({ record, lapse }: UndrivenSaga): boolean {
    const { id } = record;
    if (live.has(id) || recovering.has(id)) return false;
    if (lapse === 'own' && failures.endOf(id) === undefined) return false;
    const problem = versionProblem(definition, record);
    if (problem === undefined) return true;
    reportVersion(id, problem);
    return false;
  }

  /** Sagas of a version that is not known here are left to a process that knows it. */
  function reportVersion(sagaId: string, problem: string): void {
    if (reportedVersions.has(problem)) return;
    reportedVersions.add(problem);
    const error = new Error(`${sagaId} is not driven: ${problem}`);
    observer.trouble('a saga of an unknown version waits', { sagaId, error });
  }

  function begin({ record, lapse }: UndrivenSaga): void {
    const { id } = record;
    const end = failures.endOf(id) ?? endOf[lapse];
    const recovered = recover(record, end)
      .catch((error: unknown) => giveUp(id, end, error))
      .finally(() => recovering.delete(id));
    recovering.set(id, recovered);
  }

  function giveUp(sagaId: string, end: DriverEnd, error: unknown): void {
    failures.note(sagaId, end);
    const message = String(error);
    if (reportedSagas.get(sagaId) === message) return;
    reportedSagas.set(sagaId, message);
    observer.trouble('a saga could not be recovered', { sagaId, error });
  }

  async function recover(record: SagaRecord, end: DriverEnd): Promise<void> {
    const saga = await takeOver(record);
    failures.settle(record.id);
    reportedSagas.delete(record.id);
    if (saga === undefined) return observer.released(refOf({ record, recovered: true }));
    if (saga.state.recoveries < suspectCrashes) return resume(saga, end);
    const setAside = resumeAlone(saga, end)
      .catch((error: unknown) => giveUp(record.id, end, error))
      .finally(() => suspects.delete(setAside));
    suspects.add(setAside);
  }

  /** Read before it is claimed, so that one that cannot be read is left as it is. Undefined when another process was faster. */
  async function takeOver({ id: sagaId, epoch }: SagaRecord): Promise<LiveSaga | undefined> {
    const read = await log.events(sagaId, 0);
    stateFromLog(definition, read);
    const record = await log.claim({ sagaId, owner, expectedEpoch: epoch });
    if (record === undefined) return undefined;
    // Its last driver may have appended until the claim.
    const logged = record.seq === read.at(-1)?.seq ? read : await log.events(sagaId, 0);
    return liveSagaFrom(definition, record, logged);
  }

  async function resumeAlone(saga: LiveSaga, after: DriverEnd): Promise<void> {
    await clock.sleepUntil(clock.now() + delayMsOf(saga.state.recoveries), stopped.signal);
    suspectsTurn = suspectsTurn.catch(() => {}).then(() => resume(saga, after));
    return suspectsTurn;
  }

  /** Resolves when the saga rests or waits for the first time. */
  async function resume(saga: LiveSaga, after: DriverEnd): Promise<void> {
    if (stopped.signal.aborted) return;
    // A saga that waited made no call, so it did not kill its process, however often that dies.
    const wasWaiting = saga.state.isHeld || decide(definition, saga.state, clock.now()).kind === 'wait';
    const event = { type: 'SagaRecovered', owner, after: wasWaiting ? 'handover' : after } as const;
    writer.append(saga, event, traceRefFrom(saga.record.traceparent));
    // Durable before anything is done for the saga, or a saga that kills its driver would never be counted.
    await writer.durable(saga);
    const { promise: waits, resolve } = Promise.withResolvers<void>();
    saga.onWait = resolve;
    await Promise.race([deps.drive(saga), waits]);
  }

  return {
    start() {
      walking = repeatedly(walk, {
        clock,
        intervalMs: limits.recoveryIntervalMs,
        signal: stopped.signal,
        onError: (error) => observer.trouble('recovery could not read the saga log', { error }),
      });
    },
    async stop() {
      stopped.abort();
      await walking;
      await Promise.allSettled([...recovering.values(), ...suspects]);
    },
  };
}

const endOf: Readonly<Record<UndrivenSaga['lapse'], DriverEnd>> = {
  own: 'crash',
  released: 'handover',
  dead: 'crash',
};
