import { describe, expect, it } from 'vitest';
import {
  defineSaga,
  pivotIndex,
  type SagaDefinition,
  type StepDefinition,
} from '../../src/saga/definition.ts';
import { purchase, undoable } from '../support/saga-events.ts';

const [reserve, charge, confirm, announce] = purchase.steps as [
  StepDefinition,
  StepDefinition,
  StepDefinition,
  StepDefinition,
];
const of = (...steps: StepDefinition[]): SagaDefinition => ({ ...purchase, steps });
const { compensation: _, ...irreversible } = reserve;
const withRetry = (change: Partial<StepDefinition['retry']>) =>
  of({ ...reserve, retry: { ...reserve.retry, ...change } });

describe('defineSaga', () => {
  it.each([
    ['with steps of every kind', purchase],
    ['of a step that can be undone', of(reserve)],
    ['of a pivot', of(confirm)],
    ['of a step that is repeated until it succeeds', of(announce)],
    ['without a pivot', of(reserve, announce)],
  ])('returns a sound saga %s as it is', (_, definition) => {
    const before = structuredClone(definition);
    expect(defineSaga(definition)).toBe(definition);
    expect(definition).toEqual(before);
  });

  it.each<[string, SagaDefinition, RegExp]>([
    ['without steps', of(), /needs at least one step/],
    ['with two steps of one name', of(reserve, reserve), /names must be unique/],
    [
      'whose compensation is called like a step',
      of(reserve, { ...charge, compensation: { ...irreversible, name: 'reserve' } }),
      /names must be unique/,
    ],
    ['whose compensatable step has no compensation', of(irreversible), /needs a compensation/],
    [
      'whose pivot has a compensation',
      of({ ...reserve, kind: 'pivot' }),
      /a pivot step cannot have a compensation/,
    ],
    [
      'whose retriable step has a compensation',
      of({ ...reserve, kind: 'retriable' }),
      /a retriable step cannot have a compensation/,
    ],
    ['with a compensatable step after the pivot', of(confirm, reserve), /cannot come after the pivot/],
    ['with a compensatable step after a retriable one', of(announce, reserve), /cannot come after the pivot/],
    ['with two pivots', of(confirm, { ...confirm, name: 'confirm-again' }), /at most one pivot/],
    ['with a pivot after a retriable step', of(announce, confirm), /at most one pivot|before the pivot/],
    ['with a timeout of zero', of({ ...reserve, timeoutMs: 0 }), /timeoutMs must be positive/],
    ['with a timeout that is no number', of({ ...reserve, timeoutMs: Number.NaN }), /timeoutMs/],
    ['without any timeout', of({ ...reserve, timeoutMs: Number.POSITIVE_INFINITY }), /timeoutMs/],
    [
      'whose inquiry has no timeout',
      of({ ...reserve, inquiry: { ...reserve.inquiry, timeoutMs: -1 } }),
      /get-reservation: timeoutMs/,
    ],
    [
      'whose compensation is never tried',
      of({
        ...reserve,
        compensation: { ...irreversible, name: 'release', retry: { ...reserve.retry, maxAttempts: 0 } },
      }),
      /release: maxAttempts/,
    ],
    ['with half an attempt', withRetry({ maxAttempts: 1.5 }), /maxAttempts/],
    ['with endless attempts', withRetry({ maxAttempts: Number.POSITIVE_INFINITY }), /maxAttempts/],
    ['with more attempts than the limit', withRetry({ maxAttempts: 1_001 }), /maxAttempts/],
    ['with a negative back-off', withRetry({ initialBackoffMs: -1 }), /back-off/],
    ['with a back-off that shrinks', withRetry({ initialBackoffMs: 2, maxBackoffMs: 1 }), /back-off/],
    ['with a back-off that is no number', withRetry({ maxBackoffMs: Number.NaN }), /back-off/],
    ['without a deadline', { ...purchase, deadlineMs: Number.NaN }, /deadlineMs/],
    ['with a deadline in the past', { ...purchase, deadlineMs: 0 }, /deadlineMs/],
    ['that is halted before its first recovery', { ...purchase, maxRecoveries: 0 }, /maxRecoveries/],
  ])('refuses a saga %s', (_, definition, why) => {
    expect(() => defineSaga(definition)).toThrow(why);
    expect(() => defineSaga(definition)).toThrow(/^saga purchase/);
  });

  it('names the step that breaks a rule', () => {
    expect(() => defineSaga(of(confirm, reserve))).toThrow(/^saga purchase, step reserve: /);
  });
});

describe('the point of no return', () => {
  it('is the pivot, or else the first retriable step, or else behind the last step', () => {
    expect(pivotIndex(purchase)).toBe(2);
    expect(pivotIndex(of(reserve, announce))).toBe(1);
    expect(pivotIndex(undoable)).toBe(2);
  });
});
