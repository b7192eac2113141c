import type { SagaDefinition } from '../saga/definition.ts';
import { NO_HASH } from '../stores/hash-chain.ts';
import type { Acceptance, AcceptResult, SagaLog } from '../stores/saga-log.ts';
import { createCallSlots } from './call-slots.ts';
import type { Clock } from './clock.ts';
import { createCommands } from './commands.ts';
import { createDriver } from './driver.ts';
import { type AcceptRequest, type Engine, type EngineStatus, Overloaded } from './engine.ts';
import { createFeed } from './feed.ts';
import { guardParticipants } from './guarded-participants.ts';
import { createLease } from './lease.ts';
import { type LiveSaga, newLiveSaga, refOf } from './live-saga.ts';
import { type Observer, traceRefFrom } from './observer.ts';
import type { Participant } from './participant.ts';
import { createPauses } from './pauses.ts';
import { createRecovery } from './recovery.ts';
import { refusal } from './refusal.ts';
import { repeatedly } from './repeatedly.ts';
import { createSagaWriter, Superseded } from './saga-writer.ts';
import { untilRest } from './until-rest.ts';
import { watchSaga } from './watch.ts';

/** Bounds and intervals of one engine. */
export type EngineLimits = {
  /** Sagas driven at once, waits included; one more is refused as overload. Default 10 000. */
  readonly maxLive: number;
  /** Calls in flight at once. Default 256: more only lengthen the turns of the event loop that they share. */
  readonly maxCalls: number;
  /**
   * Sagas at work at once: calling, or about to, and not in a back-off or a pause. One more is refused as overload.
   * Default 448: enough that no call slot stays empty, and a line that is still short (docs/decisions/0009).
   */
  readonly maxActive: number;
  /** Longest time that an event is held back which nobody waits for. Default 25. */
  readonly holdMs: number;
  /** Recovered sagas driven at once. Default 64. */
  readonly recoveryConcurrency: number;
  /** How often sagas that nobody drives, and pauses of other processes, are looked for. Default 1 000. */
  readonly recoveryIntervalMs: number;
  /** How long others leave the sagas of a silent owner alone. Default 15 000. */
  readonly leaseMs: number;
};

export const defaultLimits: EngineLimits = {
  maxLive: 10_000,
  maxCalls: 256,
  maxActive: 448,
  holdMs: 25,
  recoveryConcurrency: 64,
  recoveryIntervalMs: 1_000,
  leaseMs: 15_000,
};

export type EngineDeps = {
  readonly definition: SagaDefinition;
  readonly log: SagaLog;
  readonly clock: Clock;
  readonly observer: Observer;
  /** By the names that the definition's steps use. */
  readonly participants: Readonly<Record<string, Participant>>;
  /** Unique per process start; the owner of every saga this engine drives. */
  readonly owner: string;
  readonly limits?: Partial<EngineLimits>;
  /** See {@link DriverDeps.everyEventDurable}. Default false. */
  readonly everyEventDurable?: boolean;
};

/** An engine at rest; `start` registers it and begins recovery. */
export function createEngine(deps: EngineDeps): Engine {
  const { definition, log, clock, observer, owner } = deps;
  const limits = { ...defaultLimits, ...deps.limits };
  const slots = createCallSlots(limits.maxCalls);
  const feed = createFeed();
  const stopping = new AbortController();
  const live = new Map<string, LiveSaga>();
  // Those of them that wait for a time to come or for a person.
  const waiting = new Set<LiveSaga>();
  const participants = guardParticipants(deps.participants, {
    clock,
    signal: stopping.signal,
    onChange(name, state) {
      observer.breakerChanged(name, state);
      if (state === 'closed') for (const saga of waiting) saga.wake();
    },
  });
  const driving = new Set<Promise<void>>();
  // Accepts whose commit is under way; they count as live, or a burst would pass the bound before the first commit.
  let pendingAccepts = 0;
  let logFailing = false;
  // Like undriven sagas, pauses can come from other processes.
  let watchingPauses: Promise<void> = Promise.resolve();

  const pauses = createPauses({
    log,
    now: () => clock.now(),
    participants: [...participants.keys()],
    onChange(held) {
      observer.pausesChanged(held);
      for (const saga of live.values()) saga.wake();
    },
  });
  const writer = createSagaWriter({ definition, log, clock, observer, feed, holdMs: limits.holdMs });
  const driver = createDriver({
    definition,
    writer,
    clock,
    observer,
    participants,
    slots,
    waiting,
    pauses,
    everyEventDurable: deps.everyEventDurable ?? false,
    stopping: stopping.signal,
  });

  const recovery = createRecovery({
    definition,
    log,
    clock,
    observer,
    owner,
    limits,
    live,
    drive,
    writer,
  });
  const lease = createLease({
    log,
    clock,
    observer,
    owner,
    leaseMs: limits.leaseMs,
    onRenewed: noteLogWorks,
  });

  /** Drives a saga to its rest; whatever goes wrong is noted for recovery, which takes it from the log again. */
  function drive(saga: LiveSaga): Promise<void> {
    const { id: sagaId } = saga.record;
    live.set(sagaId, saga);
    const driven = driver
      .drive(saga)
      .then(noteLogWorks, (error: unknown) => {
        // What it had learned goes to the log before the next driver reads it.
        writer.durable(saga).catch(() => {});
        // Recovery takes it up again if it is still ours; if somebody else has it, recovery leaves it alone.
        const superseded = error instanceof Superseded;
        const failedWrite = saga.failure !== undefined && !superseded;
        recovery.noteFailure(sagaId, superseded || failedWrite ? 'handover' : 'crash');
        observer.released(refOf(saga));
        if (superseded) return;
        if (failedWrite) logFailing = true;
        const what = failedWrite ? 'the saga log could not be written' : 'a driver failed';
        observer.trouble(what, { sagaId, error });
      })
      .finally(() => {
        live.delete(sagaId);
        driving.delete(driven);
      });
    driving.add(driven);
    saga.driven = driven;
    return driven;
  }

  function noteLogWorks(): void {
    logFailing = false;
  }

  function assertAdmits(): void {
    const why = refusal(limits, {
      stopping: stopping.signal.aborted,
      live: live.size + pendingAccepts,
      waiting: waiting.size,
    });
    if (why === undefined) return;
    observer.refusedAdmission(why);
    throw new Overloaded(why, 1_000);
  }

  async function accept(request: AcceptRequest): Promise<AcceptResult> {
    assertAdmits();
    const acceptance = acceptanceOf(definition, owner, request);
    pendingAccepts += 1;
    try {
      const result = await log.accept(acceptance);
      noteLogWorks();
      if (result.kind === 'accepted') begin(acceptance, result.hash);
      return result;
    } catch (error) {
      logFailing = true;
      // Whether it was written may be unknown. If it was, it is driven like any other saga, and a replay finds it.
      recovery.noteFailure(request.sagaId, 'handover');
      observer.refusedAdmission('log');
      observer.trouble('a saga could not be written to the log', { sagaId: request.sagaId, error });
      throw new Overloaded('log', 1_000, error);
    } finally {
      pendingAccepts -= 1;
    }
  }

  function begin(acceptance: Acceptance, hash: string): void {
    const saga = newLiveSaga(definition, acceptance, hash);
    const { started: event, atMs, sagaId, trace } = acceptance;
    observer.recorded(refOf(saga), event, { state: saga.state, acceptedAtMs: atMs, atMs });
    feed.publish(sagaId, { seq: 1, event, epoch: 1, atMs, trace, hash, prevHash: NO_HASH });
    void drive(saga);
  }

  function status(): EngineStatus {
    const oldest = [...live.values()].reduce(
      (min, { record }) => Math.min(min, record.createdAtMs),
      Number.POSITIVE_INFINITY,
    );
    return {
      accepting: !stopping.signal.aborted,
      live: live.size,
      maxLive: limits.maxLive,
      pendingAccepts,
      ...(Number.isFinite(oldest) && { oldestLiveAtMs: oldest }),
      breakers: Object.fromEntries([...participants].map(([name, { breaker }]) => [name, breaker.state()])),
      logFailing,
      pauses: pauses.current(),
    };
  }

  async function start(): Promise<void> {
    // Read before the first saga is driven: a restart must not end a pause.
    await Promise.all([lease.take(), pauses.refresh()]);
    recovery.start();
    watchingPauses = repeatedly(pauses.refresh, {
      clock,
      intervalMs: limits.recoveryIntervalMs,
      signal: stopping.signal,
      onError: (error) => observer.trouble('the pauses could not be read', { error }),
    });
  }

  async function stop(graceMs: number): Promise<void> {
    stopping.abort();
    for (const saga of live.values()) saga.wake();
    const graceOver = new AbortController();
    const ended = Promise.allSettled([recovery.stop(), watchingPauses, ...driving]);
    await Promise.race([ended, clock.sleepUntil(clock.now() + graceMs, graceOver.signal)]);
    graceOver.abort();
    await lease.giveUp();
  }

  return {
    start,
    assertAdmits,
    accept,
    command: createCommands({ definition, log, owner, live, drive, writer }),
    watch: (sagaId, afterSeq, signal) => watchSaga({ log, feed, clock }, sagaId, afterSeq, signal),
    untilRest: (sagaId, signal) => untilRest({ live, log, clock }, sagaId, signal),
    status,
    pause: pauses.pause,
    resume: pauses.resume,
    stop,
  };
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
