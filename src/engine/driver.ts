import { type Decision, decide, needsDurableLog, type Operation } from '../saga/decide.ts';
import type { SagaDefinition } from '../saga/definition.ts';
import type { Finding, Outcome } from '../saga/outcome.ts';
import { stepKey } from '../saga/step-key.ts';
import { type AttemptTiming, eventFromFinding, eventFromOutcome } from './attempt-event.ts';
import type { BreakerGate, CallEnd } from './breaker.ts';
import type { CallSlots } from './call-slots.ts';
import type { Clock } from './clock.ts';
import type { GuardedParticipant, GuardedParticipants } from './guarded-participants.ts';
import { type LiveSaga, refOf } from './live-saga.ts';
import { type AttemptSpan, type Observer, traceRefFrom } from './observer.ts';
import type { Fenced, ParticipantCall, Unreached } from './participant.ts';
import type { Pauses } from './pauses.ts';
import { type SagaWriter, Superseded } from './saga-writer.ts';

export type DriverDeps = {
  readonly definition: SagaDefinition;
  readonly writer: SagaWriter;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly participants: GuardedParticipants;
  readonly slots: CallSlots;
  /** Sagas whose driver waits for a point in time, or for a pause to end; maintained by the driver. */
  readonly waiting: Set<LiveSaga>;
  readonly pauses: Pick<Pauses, 'holds'>;
  /** Wait for each event to be durable before the next decision, instead of only where correctness needs it. */
  readonly everyEventDurable: boolean;
  /** Aborted when the engine stops: no new attempt begins. */
  readonly stopping: AbortSignal;
};

export type Driver = {
  /**
   * Drives a saga until it rests (terminal or halted, and durably so) or the engine stops.
   *
   * @throws Superseded when somebody else drives it; whatever the log threw when it cannot be written
   */
  drive(saga: LiveSaga): Promise<void>;
};

// A held saga looks again after this long, in case nothing woke it when its hold ended.
const longestHoldMs = 60_000;

/** The shell around the core: append → perform → append → decide again. */
export function createDriver(deps: DriverDeps): Driver {
  const { definition, writer, clock, observer, slots, stopping } = deps;

  async function drive(saga: LiveSaga): Promise<void> {
    for (;;) {
      if (saga.failure !== undefined) throw saga.failure;
      const decision = decide(definition, saga.state, clock.now());
      if (decision.kind === 'rest') {
        if (await rests(saga)) return;
        continue;
      }
      // What cannot be written now is in doubt after the restart, like all calls whose answer the log does not have.
      if (stopping.aborted) return writer.durable(saga).catch(() => {});
      await carryOut(saga, decision);
      if (deps.everyEventDurable) await writer.durable(saga);
    }
  }

  /** Whether there is still nothing to do once that is durable: a command may have come in the meantime. */
  async function rests(saga: LiveSaga): Promise<boolean> {
    const { seq } = saga;
    await writer.durable(saga);
    saga.rests = saga.seq === seq;
    return saga.rests;
  }

  async function carryOut(saga: LiveSaga, decision: Exclude<Decision, { kind: 'rest' }>): Promise<void> {
    switch (decision.kind) {
      case 'record':
        return writer.append(saga, decision.event, traceRefFrom(saga.record.traceparent));
      case 'wait':
        return waitUntil(saga, decision.untilMs);
      case 'perform':
        return perform(saga, decision);
    }
  }

  /** Waits until the time comes or the saga is woken: something was appended, or the engine stops. */
  async function waitUntil(saga: LiveSaga, untilMs: number): Promise<void> {
    const waiting = new AbortController();
    saga.wake = () => waiting.abort();
    saga.onWait?.();
    deps.waiting.add(saga);
    await clock.sleepUntil(untilMs, waiting.signal);
    deps.waiting.delete(saga);
    saga.wake = () => {};
  }

  async function perform(saga: LiveSaga, decision: Extract<Decision, { kind: 'perform' }>): Promise<void> {
    const { operation } = decision;
    const target = deps.participants.get(operation.participant);
    if (target === undefined) throw new Error(`no participant is called ${operation.participant}`);
    const mustHold = (): boolean => deps.pauses.holds(operation.participant) || target.breaker.isAway();
    if (mustHold()) return hold(saga, operation);
    if (saga.state.isHeld) return endHold(saga, operation);
    const decidedAtSeq = saga.seq;
    if (needsDurableLog(definition, decision)) await writer.durable(saga);
    await slots.acquire(saga.recovered || operation.direction === 'compensation' ? 'urgent' : 'normal');
    let gate: BreakerGate;
    try {
      // What was decided before the wait may be out of date after it: a cancel or a pause may have come, or the engine
      // may stop.
      if (saga.seq !== decidedAtSeq || stopping.aborted || mustHold()) return;
      gate = target.breaker.ask(clock.now());
      if (gate.kind === 'go') await attempt(saga, operation, target);
    } finally {
      slots.release();
    }
    if (gate.kind === 'wait') await waitUntil(saga, gate.untilMs);
  }

  /** Recorded once for each hold: after a crash, only this event tells a driver that waited from one that called. */
  function hold(saga: LiveSaga, { participant }: Operation): Promise<void> {
    if (!saga.state.isHeld)
      writer.append(saga, { type: 'SagaHeld', participant }, traceRefFrom(saga.record.traceparent));
    return waitUntil(saga, lookAgainAtMs(saga));
  }

  /** Durable before the next call leaves: if that one kills its driver, the saga must not look as if it only waited. */
  function endHold(saga: LiveSaga, { participant }: Operation): Promise<void> {
    writer.append(saga, { type: 'HoldEnded', participant }, traceRefFrom(saga.record.traceparent));
    return writer.durable(saga);
  }

  /** The end of a hold wakes the saga. Its deadline, which may turn it back, can come first. */
  function lookAgainAtMs({ state: { deadlineAtMs } }: LiveSaga): number {
    const nowMs = clock.now();
    const latestMs = nowMs + longestHoldMs;
    return deadlineAtMs > nowMs ? Math.min(deadlineAtMs, latestMs) : latestMs;
  }

  async function attempt(
    saga: LiveSaga,
    operation: Operation,
    { participant, breaker }: GuardedParticipant,
  ): Promise<void> {
    const span = observer.attempt(refOf(saga), operation);
    const startedAtMs = clock.now();
    const call = callFor(saga, operation, span);
    if (operation.direction === 'inquiry') {
      const finding = await participant.inquire(call);
      breaker.report(endOf(finding), clock.now());
      span.end(finding.kind, failureOf(finding));
      if (finding.kind === 'unreached') return;
      const timing = timingSince(startedAtMs, saga.state.budget.inquiries);
      return writer.append(saga, eventFromFinding(definition, operation, finding, timing), span.trace);
    }
    const outcome = await participant.perform(call);
    breaker.report(endOf(outcome), clock.now());
    span.end(outcome.kind, failureOf(outcome));
    // The same call is decided again, and the breaker makes it wait.
    if (outcome.kind === 'unreached') return;
    if (outcome.kind === 'fenced')
      throw new Superseded(`${saga.record.id}: ${operation.participant} knows a newer driver`);
    const { direction } = operation;
    const event = eventFromOutcome(
      definition,
      { ...operation, direction },
      outcome,
      timingSince(startedAtMs, saga.state.budget.attempts),
    );
    writer.append(saga, event, span.trace);
  }

  function timingSince(startedAtMs: number, spent: number): AttemptTiming {
    const endedAtMs = clock.now();
    return { endedAtMs, durationMs: Math.max(0, endedAtMs - startedAtMs), spent, random: clock.random() };
  }

  return { drive };
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

type Answer = Outcome | Finding | Fenced | Unreached;

function endOf({ kind }: Answer): CallEnd {
  switch (kind) {
    case 'unreached':
      return 'unreached';
    case 'retryable':
    case 'inDoubt':
    case 'unanswered':
      return 'unanswered';
    default:
      return 'answered';
  }
}

function failureOf(answer: Answer): { code: string; message: string } | undefined {
  if (answer.kind === 'rejected') return answer.refusal;
  return 'failure' in answer ? answer.failure : undefined;
}
