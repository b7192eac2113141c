import { type Observer, type SagaRef, traceRefFrom } from '../engine/observer.ts';
import type { Operation } from '../saga/decide.ts';
import type { SagaEvent } from '../saga/event.ts';
import type { SagaState } from '../saga/state.ts';
import type { Instruments } from './instruments.ts';
import type { Logger } from './logger.ts';
import type { SpanRef } from './metric-registry.ts';
import type { SagaTracer } from './saga-tracer.ts';
import type { UnfinishedSagas } from './unfinished-sagas.ts';

type After = Parameters<Observer['recorded']>[2];

/** The engine's observer, and what only the composition root knows. */
export type EngineObserver = Observer & {
  /** Counts a saga that nobody drives among the unfinished ones: a halted saga that the log holds. */
  adopt(saga: SagaRef, after: Pick<After, 'state' | 'acceptedAtMs'>): void;
  keepHalted: UnfinishedSagas['keepHalted'];
};

export type EngineObserverDeps = {
  readonly instruments: Instruments;
  readonly unfinished: UnfinishedSagas;
  readonly logger: Logger;
  /** Undefined: no tracing; every row of the log then carries the ids of the request. */
  readonly tracer: SagaTracer | undefined;
  readonly now: () => number;
};

/** Turns what the engine does into metrics, spans and log lines. */
export function createEngineObserver(deps: EngineObserverDeps): EngineObserver {
  const { instruments, unfinished, logger, tracer, now } = deps;
  // A flood of refusals or of the same trouble must not become a flood of log lines.
  const throttle = createThrottle(now);

  const note = (
    { sagaId, input }: SagaRef,
    { state, acceptedAtMs }: Pick<After, 'state' | 'acceptedAtMs'>,
  ): void => unfinished.note({ sagaId, input, state, acceptedAtMs });

  return {
    attempt(saga, operation) {
      const startMs = now();
      const startedAt = performance.now();
      const span = tracer?.attempt(saga, operation, startMs);
      return {
        traceparent: span?.traceparent ?? saga.traceparent,
        trace: span?.trace ?? traceRefFrom(saga.traceparent),
        end(outcome, failure) {
          const elapsedMs = performance.now() - startedAt;
          span?.end(outcome, failure, startMs + elapsedMs);
          const sampled = span && tracer?.sampledTrace(saga) ? span.trace : undefined;
          countAttempt(instruments, operation, { outcome, elapsedMs, trace: sampled });
        },
      };
    },
    recorded(saga, event, after) {
      tracer?.recorded(saga, event, after.atMs);
      note(saga, after);
      countEvent(instruments, event, { after, trace: tracer?.sampledTrace(saga) });
      logEvent(logger, saga, { event, status: after.state.status });
    },
    refusedAdmission(why) {
      instruments.admissionRefused.add({ why });
      const heldBack = throttle(`refused ${why}`);
      if (heldBack !== undefined) logger.warn('refusing orders', { why, heldBack });
    },
    breakerChanged(participant, state) {
      instruments.breakerTransitions.add({ participant, state });
      logger[state === 'open' ? 'warn' : 'info']('circuit breaker changed', { participant, state });
    },
    pausesChanged(pauses) {
      const held = pauses.map(({ participant }) => participant ?? 'all');
      if (held.length > 0) logger.warn('paused by a person', { held });
      else logger.info('resumed by a person');
    },
    trouble(what, { sagaId, error }) {
      instruments.trouble.add({ what });
      const heldBack = throttle(what);
      if (heldBack !== undefined) logger.error(what, { sagaId, error, heldBack });
    },
    adopt: note,
    keepHalted: unfinished.keepHalted,
    released(saga) {
      unfinished.forget(saga.sagaId);
      tracer?.released(saga);
    },
  };
}

/**
 * Lets each subject through once in ten seconds.
 *
 * @returns how many were held back since, or undefined when this one is held back too
 */
function createThrottle(now: () => number): (subject: string) => number | undefined {
  const quietMs = 10_000;
  const maxSubjects = 100;
  const seen = new Map<string, { lastMs: number; heldBack: number }>();
  return (subject) => {
    const last = seen.get(subject);
    if (last === undefined ? seen.size >= maxSubjects : now() - last.lastMs < quietMs) {
      if (last !== undefined) last.heldBack += 1;
      return undefined;
    }
    seen.set(subject, { lastMs: now(), heldBack: 0 });
    return last?.heldBack ?? 0;
  };
}

/** The span to name as an exemplar; undefined when its trace is not kept, so that nobody could find it. */
type Traced = { readonly trace: SpanRef | undefined };

function countAttempt(
  instruments: Instruments,
  { step, direction, attempt }: Operation,
  { outcome, elapsedMs, trace }: Traced & { readonly outcome: string; readonly elapsedMs: number },
): void {
  instruments.stepAttempts.add({ step, direction, outcome }, 1, trace);
  instruments.stepDuration.observe({ step, direction }, elapsedMs / 1_000, trace);
  if (attempt > 1) instruments.stepRetries.add({ step, direction });
}

function countEvent(
  instruments: Instruments,
  event: SagaEvent,
  { after: { state, acceptedAtMs, atMs }, trace }: Traced & { readonly after: After },
): void {
  const observeEnd = (status: 'completed' | 'compensated'): void =>
    instruments.sagaDuration.observe({ status }, Math.max(0, atMs - acceptedAtMs) / 1_000, trace);
  switch (event.type) {
    case 'SagaStarted':
      instruments.ordersAccepted.add({});
      break;
    case 'SagaCompleted':
      instruments.ordersConfirmed.add({}, 1, trace);
      observeEnd('completed');
      break;
    case 'SagaCompensated':
      instruments.ordersCancelled.add({ reason: state.cause?.code ?? 'other' }, 1, trace);
      observeEnd('compensated');
      break;
    case 'CompensationStarted':
      instruments.compensationsStarted.add({ reason: event.cause.code }, 1, trace);
      break;
    case 'StepCompensated':
      instruments.stepsCompensated.add({ step: event.step });
      break;
    case 'SagaHalted':
      instruments.sagasHalted.add({ cause: event.cause.code }, 1, trace);
      break;
    case 'SagaRecovered':
      instruments.sagasRecovered.add({ after: event.after }, 1, trace);
      break;
    default:
    // Single calls are counted when they end, decisions of people are in the log.
  }
}

function logEvent(
  logger: Logger,
  { sagaId, traceparent }: SagaRef,
  { event, status }: Pick<SagaState, 'status'> & { readonly event: SagaEvent },
): void {
  const about = { sagaId, traceparent };
  switch (event.type) {
    case 'SagaHalted': {
      const { step, direction, cause } = event;
      logger.error('saga halted; a person must decide', { ...about, step, direction, cause: cause.code });
      break;
    }
    case 'SagaRecovered':
      logger[event.after === 'crash' ? 'warn' : 'info']('saga recovered', { ...about, after: event.after });
      break;
    case 'CompensationStarted':
      logger.info('saga turned back', { ...about, reason: event.cause.code, step: event.cause.step });
      break;
    case 'AttemptFailed': {
      const { step, direction, attempt, outcome, failure } = event;
      const level = outcome === 'faulted' ? 'error' : 'debug';
      logger[level]('attempt failed', { ...about, step, direction, attempt, outcome, code: failure.code });
      break;
    }
    case 'CancelRequested':
    case 'RetryRequested':
    case 'StepSkipped':
      // Who asked and why is in the saga log; here it might be a customer's name.
      logger.info('a person decided', { ...about, decision: event.type });
      break;
    default:
      logger.debug(event.type, { ...about, status });
  }
}
