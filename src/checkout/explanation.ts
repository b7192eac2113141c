import { type Decision, decide } from '../saga/decide.ts';
import type { SagaDefinition } from '../saga/definition.ts';
import { foretell } from '../saga/foretell.ts';
import {
  isTerminal,
  needsCompensation,
  type SagaState,
  type SagaStatus,
  type StepState,
  skippedSteps,
} from '../saga/state.ts';
import { endingByHand, leftAsItIs, type OrderEnding } from './by-hand.ts';
import { capitalised } from './capitalised.ts';
import { effectOf, foretoldEffect } from './effect.ts';
import type { OrderInput } from './order.ts';
import { orderWords, wordsOf } from './order-steps.ts';

/** What is not settled yet, one sentence each; empty once nothing is. */
export function openPoints(state: SagaState, input: OrderInput): readonly string[] {
  const skipped = skippedSteps(state.steps);
  const ending = endingByHand(state.status, skipped);
  const byHand = [
    ...skipped.map((name) => `${name} was declared as handled by hand; nothing checks that.`),
    ...(ending ? [`${capitalised(leftAsItIs(ending))}.`] : []),
  ];
  if (isTerminal(state.status)) return byHand;
  const unsettled = state.steps.filter(needsCompensation).map((step) => unsettledText(step, input));
  const { halt, cancel } = state;
  const waits = halt ? [`It has waited for a person since it halted at ${halt.step}.`] : [];
  const asked = cancel ? [`${cancel.by} asked to cancel, and that has not begun.`] : [];
  return [...unsettled, ...byHand, ...asked, ...waits];
}

const unsettledText = ({ name, status }: StepState, input: OrderInput): string =>
  status === 'succeeded'
    ? `${wordsOf(name).stands(orderWords(input))}.`
    : `Nobody knows whether this happened: ${effectOf(name, input)}.`;

/** What an explanation needs to know of the moment. */
export type Now = { readonly nowMs: number; isAway(participant: string): boolean };

/**
 * What happens next, when, and where that leads if all goes well.
 *
 * @param now.isAway whether a participant's circuit breaker holds calls back
 */
export function nextSteps(
  definition: SagaDefinition,
  { state, input }: { readonly state: SagaState; readonly input: OrderInput },
  { nowMs, isAway }: Now,
): readonly string[] {
  const decision = decide(definition, state, nowMs);
  if (decision.kind === 'rest')
    return [
      state.status === 'halted' ? 'Nothing happens until a person decides.' : 'Nothing more will happen.',
    ];
  const { calls, status, skipped } = foretell(definition, state, nowMs);
  const ahead = calls.map((call) => foretoldEffect(call, input));
  const path = ahead.length === 0 ? [] : [`If every call succeeds: ${ahead.join('; ')}.`];
  return [...waitText(decision, isAway), ...path, endText(status, endingByHand(status, skipped))];
}

function waitText(decision: Decision, isAway: Now['isAway']): readonly string[] {
  if (decision.kind === 'wait')
    return [`Nothing happens before ${new Date(decision.untilMs).toISOString()}.`];
  if (decision.kind !== 'perform' || !isAway(decision.operation.participant)) return [];
  const { name, participant } = decision.operation;
  return [`${name} waits for ${participant}, which does not answer; waiting uses up no attempt.`];
}

/**
 * What a status means for the order.
 *
 * @param ending what a person handles instead, if that would have ended the order
 */
export function endText(status: SagaStatus, ending?: OrderEnding): string {
  if (ending !== undefined) return `It is then over: ${leftAsItIs(ending)}.`;
  switch (status) {
    case 'completed':
      return 'The order is then confirmed.';
    case 'compensated':
      return 'Everything is then undone and the order cancelled.';
    case 'halted':
      return 'It then waits for a person.';
    case 'running':
    case 'compensating':
      return 'It is then still under way.';
  }
}
