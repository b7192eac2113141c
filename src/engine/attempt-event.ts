import type { Operation } from '../saga/decide.ts';
import type { OperationDefinition, SagaDefinition } from '../saga/definition.ts';
import type { SagaEvent } from '../saga/event.ts';
import type { Finding, Outcome } from '../saga/outcome.ts';
import { backoffMs } from '../saga/retry-policy.ts';

/** When and how long an attempt ran, and what the wait before the next one depends on. */
export type AttemptTiming = {
  readonly endedAtMs: number;
  readonly durationMs: number;
  /** Attempts of the current budget that ended before this one. */
  readonly spent: number;
  /** Uniform in [0, 1). */
  readonly random: number;
};

/** The event that records how an attempt of an action or a compensation ended. */
export function eventFromOutcome(
  definition: SagaDefinition,
  operation: Operation & { direction: 'action' | 'compensation' },
  outcome: Outcome,
  timing: AttemptTiming,
): SagaEvent {
  const { step, direction, attempt } = operation;
  const of = { step, attempt, durationMs: timing.durationMs };
  switch (outcome.kind) {
    case 'succeeded':
      if (direction === 'compensation') return { type: 'StepCompensated', ...of };
      return {
        type: 'StepSucceeded',
        ...of,
        ...(outcome.answer !== undefined && { answer: outcome.answer }),
      };
    case 'rejected': {
      const { refusal } = outcome;
      return { type: direction === 'action' ? 'StepRejected' : 'CompensationRejected', ...of, refusal };
    }
    case 'retryable':
    case 'inDoubt':
    case 'faulted': {
      const retryAtMs = nextAttemptAtMs(definition, operation, timing);
      return {
        type: 'AttemptFailed',
        ...of,
        direction,
        outcome: outcome.kind,
        failure: outcome.failure,
        retryAtMs,
      };
    }
  }
}

/** The event that records what a participant answered to an inquiry. */
export function eventFromFinding(
  definition: SagaDefinition,
  operation: Operation,
  finding: Finding,
  timing: AttemptTiming,
): SagaEvent {
  const { step, attempt } = operation;
  const retryAtMs = finding.kind === 'unanswered' ? nextAttemptAtMs(definition, operation, timing) : 0;
  return { type: 'StepInquired', step, attempt, durationMs: timing.durationMs, finding, retryAtMs };
}

function nextAttemptAtMs(definition: SagaDefinition, operation: Operation, timing: AttemptTiming): number {
  const { retry } = operationDefinition(definition, operation);
  return timing.endedAtMs + backoffMs(retry, timing.spent + 1, timing.random);
}

function operationDefinition(
  definition: SagaDefinition,
  { step, direction }: Operation,
): OperationDefinition {
  const found = definition.steps.find(({ name }) => name === step);
  const wanted = direction === 'action' ? found : found?.[direction];
  if (wanted === undefined) throw new Error(`saga ${definition.name}: step ${step} has no ${direction}`);
  return wanted;
}
