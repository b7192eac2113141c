import type { SagaDefinition } from '../saga/definition.ts';
import { NO_HASH } from '../stores/hash-chain.ts';
import type { Acceptance, AcceptResult, SagaLog } from '../stores/saga-log.ts';
import { createAdmission } from './admission.ts';
import { createCallSlots } from './call-slots.ts';
import type { Clock } from './clock.ts';
import { createCommands } from './commands.ts';
import { createDriver } from './driver.ts';
import type { AcceptRequest, Engine, EngineStatus } from './engine.ts';
import { createFailures } from './failures.ts';
import { createFeed } from './feed.ts';
import { guardParticipants } from './guarded-participants.ts';
import { createLease } from './lease.ts';
import { type LiveSaga, newLiveSaga, refOf } from './live-saga.ts';
import { createLogHealth } from './log-health.ts';
import { type Observer, traceRefFrom } from './observer.ts';
import type { Participant } from './participant.ts';
import { createPauses } from './pauses.ts';
import { createRecovery } from './recovery.ts';
import { repeatedly } from './repeatedly.ts';
import { createSagaWriter } from './saga-writer.ts';
import { createSupervisor } from './supervisor.ts';
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
  const feed = createFeed();
  const failures = createFailures();
  const health = createLogHealth();
  const stopping = new AbortController();
  // Sagas that wait for a time to come or for a person.
  const waiting = new Set<LiveSaga>();
  const participants = guardParticipants(deps.participants, {
    clock,
    signal: stopping.signal,
    onChange(name, state) {
      observer.breakerChanged(name, state);
      if (state === 'closed') for (const saga of waiting) saga.wake();
    },
  });
  const pauses = createPauses({
    log,
    now: () => clock.now(),
    participants: [...participants.keys()],
    onChange(held) {
      observer.pausesChanged(held);
      wakeAll();
    },
  });
  const writer = createSagaWriter({ definition, log, clock, observer, feed, holdMs: limits.holdMs });
  const driver = createDriver({
    definition,
    writer,
    clock,
    observer,
    participants,
    slots: createCallSlots(limits.maxCalls),
    waiting,
    pauses,
    everyEventDurable: deps.everyEventDurable ?? false,
    stopping: stopping.signal,
  });
  const { live, drive, idle } = createSupervisor({ driver, writer, observer, failures, health });
  const { assertAdmits, admit, pending } = createAdmission({
    limits,
    counts: () => ({ live: live.size, waiting: waiting.size }),
    stopping: stopping.signal,
    observer,
    failures,
    health,
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
    failures,
    writer,
  });
  const lease = createLease({
    log,
    clock,
    observer,
    owner,
    leaseMs: limits.leaseMs,
    onRenewed: () => health.note('working'),
  });
  // Like undriven sagas, pauses can come from other processes.
  let watchingPauses: Promise<void> = Promise.resolve();

  function wakeAll(): void {
    for (const saga of live.values()) saga.wake();
  }

  function accept(request: AcceptRequest): Promise<AcceptResult> {
    return admit(request.sagaId, async () => {
      const acceptance = acceptanceOf(definition, owner, request);
      const result = await log.accept(acceptance);
      if (result.kind === 'accepted') begin(acceptance, result.hash);
      return result;
    });
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
      pendingAccepts: pending(),
      ...(Number.isFinite(oldest) && { oldestLiveAtMs: oldest }),
      breakers: Object.fromEntries([...participants].map(([name, { breaker }]) => [name, breaker.state()])),
      logFailing: health.isFailing(),
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
    wakeAll();
    const graceOver = new AbortController();
    const ended = Promise.allSettled([recovery.stop(), watchingPauses, idle()]);
    await Promise.race([ended, clock.sleepUntil(clock.now() + graceMs, graceOver.signal)]);
    graceOver.abort();
    await lease.giveUp();
  }

  return {
    start,
    assertAdmits,
    accept,
    command: createCommands({ definition, log, owner, live, drive, writer, failures }),
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
