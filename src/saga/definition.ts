import type { RetryPolicy } from './retry-policy.ts';

/**
 * What a step means for the way back.
 *
 * - `compensatable`: can be undone by its compensation.
 * - `pivot`: the point of no return. Once it may have happened the saga only goes forward.
 * - `retriable`: comes after the pivot and is repeated until it succeeds.
 */
export type StepKind = 'compensatable' | 'pivot' | 'retriable';

/** One call to a participant: how long one attempt may take and how often it is tried. */
export type OperationDefinition = {
  /** Shown in the log, in traces and to operators, e.g. `release-stock`. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
};

/** One step: its action, how to undo it, and how to ask about it. */
export type StepDefinition = OperationDefinition & {
  readonly kind: StepKind;
  /** The service that performs action, compensation and inquiry; circuit breakers are kept by it. */
  readonly participant: string;
  /** Undoes the action; required for compensatable steps, absent for others. */
  readonly compensation?: OperationDefinition;
  /** Asks the participant what became of an action in doubt, once the action's own budget is spent. */
  readonly inquiry: OperationDefinition;
};

/** A saga as plain data: the steps in the order they run. Compensations run in the reverse order. */
export type SagaDefinition = {
  readonly name: string;
  /**
   * Raised whenever steps or their budgets change: what a log means depends on both, for example what recovery puts in
   * doubt depends on whether a budget was spent.
   */
  readonly version: number;
  readonly steps: readonly StepDefinition[];
  /** From acceptance on; when it has passed and the pivot has not been reached, the saga turns back. */
  readonly deadlineMs: number;
  /** Recoveries without progress after which the saga is halted, because it may be what kills its driver. */
  readonly maxRecoveries: number;
};

/**
 * Checks the rules that `decide` relies on and returns the definition unchanged.
 *
 * @throws Error that names the saga, the step and the broken rule
 */
export function defineSaga(definition: SagaDefinition): SagaDefinition {
  const { name, steps, deadlineMs, maxRecoveries } = definition;
  if (!isPositive(deadlineMs)) throw new Error(`saga ${name}: deadlineMs must be positive and finite`);
  if (!isCount(maxRecoveries)) throw new Error(`saga ${name}: maxRecoveries must be a whole number from 1`);
  if (steps.length === 0) throw new Error(`saga ${name}: needs at least one step`);
  const names = steps.flatMap((step) => [step.name, ...(step.compensation ? [step.compensation.name] : [])]);
  if (new Set(names).size !== names.length)
    throw new Error(`saga ${name}: step and compensation names must be unique`);
  const pivot = pivotIndex(definition);
  steps.forEach((step, index) => {
    const problem = stepProblem(step, index, pivot);
    if (problem !== undefined) throw new Error(`saga ${name}, step ${step.name}: ${problem}`);
  });
  return definition;
}

function stepProblem(step: StepDefinition, index: number, pivot: number): string | undefined {
  if (step.kind === 'compensatable' && step.compensation === undefined)
    return 'a compensatable step needs a compensation';
  if (step.kind !== 'compensatable' && step.compensation !== undefined)
    return `a ${step.kind} step cannot have a compensation`;
  if (step.kind === 'compensatable' && index > pivot)
    return 'a compensatable step cannot come after the pivot';
  if (step.kind === 'pivot' && index !== pivot) return 'a saga has at most one pivot';
  if (step.kind === 'retriable' && index < pivot) return 'a retriable step cannot come before the pivot';
  const operations = [step, step.inquiry, ...(step.compensation ? [step.compensation] : [])];
  return operations.map(operationProblem).find((problem) => problem !== undefined);
}

function operationProblem({ name, timeoutMs, retry }: OperationDefinition): string | undefined {
  const { maxAttempts, initialBackoffMs, maxBackoffMs } = retry;
  if (!isPositive(timeoutMs)) return `${name}: timeoutMs must be positive and finite`;
  if (!isCount(maxAttempts) || maxAttempts > attemptsLimit)
    return `${name}: maxAttempts must be a whole number from 1 to ${attemptsLimit}`;
  if (!(initialBackoffMs >= 0 && maxBackoffMs >= initialBackoffMs && Number.isFinite(maxBackoffMs)))
    return `${name}: the back-off must grow from 0 or more to a finite one`;
  return undefined;
}

// Far beyond any sensible policy; it keeps the exponential back-off within the numbers.
const attemptsLimit = 1_000;

const isPositive = (value: number): boolean => value > 0 && Number.isFinite(value);
const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1;

/** Index of the point of no return: the pivot, or else the first retriable step, or else one past the last step. */
export function pivotIndex({ steps }: SagaDefinition): number {
  const index = steps.findIndex((step) => step.kind !== 'compensatable');
  return index === -1 ? steps.length : index;
}

/**
 * Why a log cannot be read with this definition, or undefined when it can. Steps of another version have other names
 * and another order, so folding its log would show, and do, something that never was decided.
 */
export function versionProblem(
  { name, version }: SagaDefinition,
  written: { readonly definition: string; readonly version: number },
): string | undefined {
  if (written.definition === name && written.version === version) return undefined;
  return `it was started by version ${written.version} of the saga "${written.definition}", and this process knows version ${version} of "${name}"`;
}
