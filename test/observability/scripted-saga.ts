import { orderSaga } from '../../src/checkout/order-saga.ts';
import type { AttemptSpan, SagaRef } from '../../src/engine/observer.ts';
import type { EngineObserver } from '../../src/observability/engine-observer.ts';
import { decide, type Operation } from '../../src/saga/decide.ts';
import type { SagaEvent } from '../../src/saga/event.ts';
import { evolve, initialState } from '../../src/saga/evolve.ts';
import type { Json } from '../../src/saga/json.ts';
import type { SagaState } from '../../src/saga/state.ts';

/** How one attempt ends; `succeeded` when the script says nothing. */
export type ScriptedOutcome = 'succeeded' | 'declined' | 'unavailable' | 'stop';

export type Script = {
  readonly observer: EngineObserver;
  readonly saga: SagaRef;
  /** Milliseconds since the Unix epoch, at which everything of the saga happens. */
  readonly atMs: number;
  readonly outcomeOf?: (operation: Operation) => ScriptedOutcome;
  /** Runs while an attempt's span is open, e.g. a real call. */
  readonly during?: (span: AttemptSpan, operation: Operation) => Promise<unknown>;
  /** Goes on from here instead of starting anew. */
  readonly from?: SagaState;
};

export const orderInput: Json = {
  customerId: 'cust_canary',
  currency: 'USD',
  items: [{ productId: 'prod_1', quantity: 3, priceMinor: 2_000 }],
  totalMinor: 6_000,
};

/** Tells an observer what the engine would, with the real core deciding. Returns the state that the saga rests in. */
export async function playSaga({ observer, saga, atMs, ...script }: Script): Promise<SagaState> {
  const started = {
    type: 'SagaStarted',
    definition: orderSaga.name,
    version: orderSaga.version,
    input: orderInput,
    deadlineAtMs: atMs + orderSaga.deadlineMs,
  } as const;
  let state = script.from ?? initialState(orderSaga, started);
  const tell = (event: SagaEvent): void =>
    observer.recorded(saga, event, { state, acceptedAtMs: atMs, atMs });
  if (script.from === undefined) tell(started);
  for (;;) {
    // Back-off is over as soon as it begins.
    const decision = decide(orderSaga, state, Math.max(atMs, state.budget.retryAtMs));
    if (decision.kind === 'rest' || decision.kind === 'wait') return state;
    let event = decision.kind === 'record' ? decision.event : undefined;
    if (decision.kind === 'perform') {
      const { operation } = decision;
      const outcome = script.outcomeOf?.(operation) ?? 'succeeded';
      if (outcome === 'stop') return state;
      const span = observer.attempt(saga, operation);
      await script.during?.(span, operation);
      event = endAttempt(span, operation, outcome);
    }
    if (event === undefined) throw new Error('a decision that is neither');
    state = evolve(orderSaga, state, event);
    tell(event);
  }
}

function endAttempt(
  span: AttemptSpan,
  { step, attempt, direction }: Operation,
  outcome: 'succeeded' | 'declined' | 'unavailable',
): SagaEvent {
  const of = { step, attempt, durationMs: 0 };
  const back = direction === 'compensation' ? 'compensation' : 'action';
  switch (outcome) {
    case 'succeeded':
      span.end('succeeded');
      return back === 'action' ? { type: 'StepSucceeded', ...of } : { type: 'StepCompensated', ...of };
    case 'declined': {
      const refusal = { code: 'payment_declined', message: 'over the limit' };
      span.end('rejected', refusal);
      return { type: 'StepRejected', ...of, refusal };
    }
    case 'unavailable': {
      const failure = { code: 'UNAVAILABLE', message: 'connection refused' };
      span.end('retryable', failure);
      return { type: 'AttemptFailed', ...of, direction: back, outcome: 'retryable', failure, retryAtMs: 0 };
    }
  }
}
