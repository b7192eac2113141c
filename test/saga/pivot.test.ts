import { describe, expect, it } from 'vitest';
import { decide, needsDurableLog } from '../../src/saga/decide.ts';
import { mayHavePassedPivot } from '../../src/saga/legality.ts';
import {
  absent,
  failed,
  halt,
  inquired,
  limits,
  perform,
  purchase,
  refused,
  rejected,
  started,
  succeeded,
  times,
  tookEffect,
  turnBack,
  turnedBack,
  unanswered,
} from '../support/saga-events.ts';
import { given, stateOf } from '../support/saga-spec.ts';

const atPivot = [started, succeeded('reserve'), succeeded('charge')];
const spentInDoubt = [...atPivot, ...times(limits.attempts, failed, 'confirm', 'inDoubt')];
const pastPivot = [...atPivot, succeeded('confirm')];

describe('the pivot', () => {
  it('turns the saga back when it is rejected', () => {
    given(purchase, [...atPivot, rejected('confirm')]).decides(turnBack('payment_declined', 'confirm'));
    given(purchase, [...atPivot, rejected('confirm'), turnedBack()]).decides(perform('refund'));
  });

  it('turns the saga back when it certainly did not happen', () => {
    const spent = times(limits.attempts, failed, 'confirm', 'retryable');
    given(purchase, [...atPivot, ...spent]).decides(turnBack('unavailable', 'confirm'));
    given(purchase, [...atPivot, failed('confirm', 'faulted')]).decides(turnBack('faulted', 'confirm'));
  });

  it('asks the participant when its budget is spent in doubt', () => {
    given(purchase, spentInDoubt).decides(perform('get-confirmation'));
  });

  it.each([
    ['finds nothing', [inquired('confirm', absent)]],
    ['gets no answer', [inquired('confirm', unanswered), inquired('confirm', unanswered, 2)]],
  ])('halts the saga, in neither direction, when the inquiry %s', (_, findings) => {
    given(purchase, [...spentInDoubt, ...findings]).decides(halt('confirm', 'action', 'in_doubt'));
    given(purchase, [...spentInDoubt, ...findings]).refuses(turnedBack(), /the pivot may have happened/);
  });

  it('goes forward when the inquiry says that it happened', () => {
    given(purchase, [...spentInDoubt, inquired('confirm', tookEffect)]).decides(perform('announce'));
  });

  it('turns back when the inquiry says that it was refused', () => {
    given(purchase, [...spentInDoubt, inquired('confirm', refused)]).decides(
      turnBack('payment_declined', 'confirm'),
    );
  });

  it('is passed when it took effect or may have, and only then', () => {
    const passed = (events: Parameters<typeof stateOf>[1]) =>
      mayHavePassedPivot(purchase, stateOf(purchase, events));
    expect([started], 'at the start').not.toSatisfy(passed);
    expect(atPivot, 'at the pivot').not.toSatisfy(passed);
    expect([...atPivot, failed('confirm', 'inDoubt')], 'in doubt').toSatisfy(passed);
    expect([...atPivot, failed('confirm', 'inDoubt'), rejected('confirm', 2)], 'rejected').not.toSatisfy(
      passed,
    );
    expect(pastPivot, 'behind it').toSatisfy(passed);
  });
});

describe('a step after the pivot', () => {
  it('halts the saga when its budget is spent', () => {
    const spent = times(limits.attempts, failed, 'announce', 'retryable');
    given(purchase, [...pastPivot, ...spent]).decides(halt('announce', 'action', 'budget_spent'));
  });

  it('halts the saga when it is refused or faulted', () => {
    given(purchase, [...pastPivot, rejected('announce')]).decides(halt('announce', 'action', 'rejected'));
    given(purchase, [...pastPivot, failed('announce', 'faulted')]).decides(
      halt('announce', 'action', 'faulted'),
    );
  });

  it('is not mistaken about a refusal whose code happens to be one of the engine’s own', () => {
    for (const code of ['unavailable', 'faulted']) {
      const no = { ...rejected('announce'), refusal: { code, message: 'no' } };
      given(purchase, [...pastPivot, no as typeof started]).decides(halt('announce', 'action', 'rejected'));
    }
  });

  it('halts the saga as in doubt when it may have happened', () => {
    const spent = times(limits.attempts, failed, 'announce', 'inDoubt');
    given(purchase, [...pastPivot, ...spent, inquired('announce', absent)]).decides(
      halt('announce', 'action', 'in_doubt'),
    );
  });

  it('can never turn the saga back', () => {
    given(purchase, [...pastPivot, rejected('announce')]).refuses(
      turnedBack(),
      /the pivot may have happened/,
    );
  });

  it('is the point of no return itself when it is the first of a saga without a pivot', () => {
    const steps = purchase.steps.filter(({ kind }) => kind !== 'pivot');
    const definition = { ...purchase, steps };
    given(definition, [...atPivot, rejected('announce')]).decides(turnBack('payment_declined', 'announce'));
    given(definition, [
      ...atPivot,
      ...times(limits.attempts, failed, 'announce', 'inDoubt'),
      inquired('announce', absent),
    ]).decides(halt('announce', 'action', 'in_doubt'));
  });
});

describe('the durable log', () => {
  const needs = (events: Parameters<typeof stateOf>[1]): boolean => {
    const decision = decide(purchase, stateOf(purchase, events), 0);
    if (decision.kind !== 'perform') throw new Error(`a ${decision.kind} makes no call`);
    return needsDurableLog(purchase, decision);
  };

  it('may lag behind calls before the pivot, because they can be undone', () => {
    expect(needs([started])).toBe(false);
    expect(needs([started, succeeded('reserve')])).toBe(false);
    expect(needs([started, ...times(limits.attempts, failed, 'reserve', 'inDoubt')])).toBe(false);
  });

  it('has caught up before the pivot, everything behind it, and every compensation', () => {
    expect(needs(atPivot)).toBe(true);
    expect(needs(spentInDoubt)).toBe(true);
    expect(needs(pastPivot)).toBe(true);
    expect(needs([started, succeeded('reserve'), rejected('charge'), turnedBack()])).toBe(true);
  });
});
