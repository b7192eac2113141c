import { type Decision, decide, needsDurableLog, type Operation } from '../saga/decide.ts';
import type { SagaDefinition } from '../saga/definition.ts';
import type { SagaEvent } from '../saga/event.ts';
import { evolve } from '../saga/evolve.ts';
import type { Outcome } from '../saga/outcome.ts';
import type { SagaState } from '../saga/state.ts';
import { stepKey } from '../saga/step-key.ts';
import type { Append, SagaLog, TraceRef } from '../stores/saga-log.ts';
import { type AttemptTiming, eventFromFinding, eventFromOutcome } from './attempt-event.ts';
import type { Breaker, BreakerGate } from './breaker.ts';
import type { CallSlots } from './call-slots.ts';
import type { Clock } from './clock.ts';
import type { Feed } from './feed.ts';
import type { LiveSaga } from './live-saga.ts';
import { type AttemptSpan, type Observer, type SagaRef, traceRefFrom } from './observer.ts';
import type { Participant, ParticipantCall } from './participant.ts';
import type { Pauses } from './pauses.ts';

/** Somebody else drives the saga: it appended first, or a participant has seen a higher epoch. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

export type DriverDeps = {
  readonly definition: SagaDefinition;
  readonly log: SagaLog;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly participants: ReadonlyMap<
    string,
    { readonly participant: Participant; readonly breaker: Breaker }
  >;
  readonly slots: CallSlots;
  /** Sagas whose driver waits for a time to come, or for a pause to end; kept by the driver. */
  readonly waiting: Set<LiveSaga>;
  readonly pauses: Pick<Pauses, 'holds'>;
  readonly feed: Feed;
  /** Wait for each event to be durable before the next decision, instead of only where correctness needs it. */
  readonly everyEventDurable: boolean;
  /** Aborted when the engine stops: no new attempt begins. */
  readonly stopping: AbortSignal;
};

export type Driver = {
  /** Appends an event to a saga being driven, ahead of the disk, and lets its driver decide again. */
  append(saga: LiveSaga, event: SagaEvent): void;
  /**
   * Drives a saga until it rests (terminal or halted, and durably so) or the engine stops.
   *
   * @throws Superseded when somebody else drives it; whatever the log threw when it cannot be written
   */
  drive(saga: LiveSaga): Promise<void>;
};

/** An event and what the saga is after it. */
type Entry = Required<Pick<Append, 'urgency'>> & {
  readonly event: SagaEvent;
  readonly state: SagaState;
  readonly trace: TraceRef;
};

// A saga that is held looks again after this long, should it have been forgotten when the pause ended.
const longestHoldMs = 60_000;

/** The shell around the core: append → perform → append → decide again. */
export function createDriver(deps: DriverDeps): Driver {
  const { definition, log, clock, observer, slots, feed, stopping } = deps;

  const append: Driver['append'] = (saga, event) =>
    write(saga, {
      event,
      state: evolve(definition, saga.state, event),
      trace: traceRefFrom(saga.record.traceparent),
      urgency: 'now',
    });

  /**
   * What an attempt ended with. Nobody waits for the record of that if the next call may run ahead of it, or if another
   * record follows at once.
   */
  function learn(saga: LiveSaga, event: SagaEvent, trace: TraceRef): void {
    const state = evolve(definition, saga.state, event);
    const next = decide(definition, state, clock.now());
    const isWaitedFor = next.kind === 'perform' ? needsDurableLog(definition, next) : next.kind !== 'record';
    const urgency = isWaitedFor || deps.everyEventDurable ? 'now' : 'inCompany';
    write(saga, { event, state, trace, urgency });
  }

  function write(saga: LiveSaga, { event, state, trace, urgency }: Entry): void {
    const { id: sagaId, epoch, createdAtMs: acceptedAtMs } = saga.record;
    const atMs = clock.now();
    const seq = saga.seq + 1;
    const written = log
      .append({
        sagaId,
        epoch,
        expectedSeq: saga.seq,
        events: [{ event, trace, atMs }],
        status: state.status,
        urgency,
      })
      .then((result) => {
        if (result.kind === 'conflict') throw new Superseded(`${sagaId}: another driver appended first`);
        observer.recorded(refOf(saga), event, { state, acceptedAtMs, atMs });
        const prevHash = saga.headHash;
        saga.headHash = result.hashes.at(-1) ?? prevHash;
        feed.publish(sagaId, { seq, event, epoch, atMs, trace, hash: saga.headHash, prevHash });
      });
    written.catch((error: unknown) => {
      saga.failure ??= error;
      saga.wake();
    });
    Object.assign(saga, { state, seq, updatedAtMs: atMs, written });
    saga.wake();
  }

  async function drive(saga: LiveSaga): Promise<void> {
    for (;;) {
      if (saga.failure !== undefined) throw saga.failure;
      const decision = decide(definition, saga.state, clock.now());
      if (decision.kind === 'rest') {
        if (await rests(saga)) return;
        continue;
      }
      if (stopping.aborted) return saga.written.catch(() => {});
      await carryOut(saga, decision);
      if (deps.everyEventDurable) await saga.written;
    }
  }

  /** Whether there is still nothing to do once that is durable: a command may have come in the meantime. */
  async function rests(saga: LiveSaga): Promise<boolean> {
    const { seq } = saga;
    await saga.written;
    saga.rests = saga.seq === seq;
    return saga.rests;
  }

  async function carryOut(saga: LiveSaga, decision: Exclude<Decision, { kind: 'rest' }>): Promise<void> {
    switch (decision.kind) {
      case 'record':
        return append(saga, decision.event);
      case 'wait':
        return pause(saga, decision.untilMs);
      case 'perform':
        return perform(saga, decision);
    }
  }

  /** Waits until the time comes or the saga is woken: something was appended, or the engine stops. */
  async function pause(saga: LiveSaga, untilMs: number): Promise<void> {
    const waiting = new AbortController();
    saga.wake = () => waiting.abort();
    saga.onPause?.();
    deps.waiting.add(saga);
    await clock.sleepUntil(untilMs, waiting.signal);
    deps.waiting.delete(saga);
    saga.wake = () => {};
  }

  async function perform(saga: LiveSaga, decision: Extract<Decision, { kind: 'perform' }>): Promise<void> {
    const { operation } = decision;
    const target = deps.participants.get(operation.participant);
    if (target === undefined) throw new Error(`no participant is called ${operation.participant}`);
    const isHeld = (): boolean => deps.pauses.holds(operation.participant);
    if (isHeld()) return pause(saga, lookAgainAtMs(saga));
    const decidedAtSeq = saga.seq;
    if (needsDurableLog(definition, decision)) await saga.written;
    await slots.acquire(saga.recovered || operation.direction === 'compensation' ? 'urgent' : 'normal');
    let gate: BreakerGate;
    try {
      // What was decided before the wait may be out of date after it: a cancel or a pause may have come, or the engine
      // may stop.
      if (saga.seq !== decidedAtSeq || stopping.aborted || isHeld()) return;
      gate = target.breaker.ask(clock.now());
      if (gate.kind === 'go') await attempt(saga, operation, target);
    } finally {
      slots.release();
    }
    if (gate.kind === 'wait') await pause(saga, gate.untilMs);
  }

  /** Whoever ends a pause wakes the saga; its deadline may turn it back before. */
  function lookAgainAtMs({ state: { deadlineAtMs } }: LiveSaga): number {
    const nowMs = clock.now();
    const latestMs = nowMs + longestHoldMs;
    return deadlineAtMs > nowMs ? Math.min(deadlineAtMs, latestMs) : latestMs;
  }

  async function attempt(
    saga: LiveSaga,
    operation: Operation,
    { participant, breaker }: { participant: Participant; breaker: Breaker },
  ): Promise<void> {
    const span = observer.attempt(refOf(saga), operation);
    const startedAtMs = clock.now();
    const call = callFor(saga, operation, span);
    if (operation.direction === 'inquiry') {
      const finding = await participant.inquire(call);
      breaker.report(finding.kind !== 'unanswered', clock.now());
      span.end(finding.kind, finding.kind === 'unanswered' ? finding.failure : undefined);
      const timing = timingSince(startedAtMs, saga.state.budget.inquiries);
      return learn(saga, eventFromFinding(definition, operation, finding, timing), span.trace);
    }
    const outcome = await participant.perform(call);
    breaker.report(outcome.kind !== 'retryable' && outcome.kind !== 'inDoubt', clock.now());
    span.end(outcome.kind, failureOf(outcome));
    if (outcome.kind === 'fenced')
      throw new Superseded(`${saga.record.id}: ${operation.participant} knows a newer driver`);
    const { direction } = operation;
    const event = eventFromOutcome(
      definition,
      { ...operation, direction },
      outcome,
      timingSince(startedAtMs, saga.state.budget.attempts),
    );
    learn(saga, event, span.trace);
  }

  function timingSince(startedAtMs: number, spent: number): AttemptTiming {
    const endedAtMs = clock.now();
    return { endedAtMs, durationMs: Math.max(0, endedAtMs - startedAtMs), spent, random: clock.random() };
  }

  return { append, drive };
}

function callFor({ record, state }: LiveSaga, operation: Operation, span: AttemptSpan): ParticipantCall {
  const direction = operation.direction === 'compensation' ? 'compensation' : 'action';
  return {
    sagaId: record.id,
    operation,
    idempotencyKey: stepKey(record.id, operation.step, direction),
    epoch: record.epoch,
    traceparent: span.traceparent,
    input: record.input,
    acceptedAtMs: record.createdAtMs,
    ...(state.cause && { cause: state.cause }),
  };
}

/** How the observer knows a saga being driven. */
export const refOf = ({ record, recovered }: LiveSaga): SagaRef => ({
  sagaId: record.id,
  epoch: record.epoch,
  traceparent: record.traceparent,
  recovered,
  input: record.input,
});

function failureOf(
  outcome: Outcome | { readonly kind: 'fenced' },
): { code: string; message: string } | undefined {
  if (outcome.kind === 'rejected') return outcome.refusal;
  return 'failure' in outcome ? outcome.failure : undefined;
}
