import { describe, expect, it } from 'vitest';
import { orderSaga } from '../../src/checkout/order-saga.ts';
import { defineSaga, pivotIndex } from '../../src/saga/definition.ts';

const { steps } = orderSaga;

describe('the order saga', () => {
  it('is a sound definition', () => {
    expect(defineSaga(orderSaga)).toBe(orderSaga);
  });

  it('has the steps, kinds and compensations of the contract, in its order', () => {
    expect(steps.map(({ name, kind, compensation }) => [name, kind, compensation?.name])).toEqual([
      ['create-order', 'compensatable', 'cancel-order'],
      ['reserve-stock', 'compensatable', 'release-stock'],
      ['charge-payment', 'compensatable', 'refund-payment'],
      ['confirm-order', 'pivot', undefined],
    ]);
    expect(pivotIndex(orderSaga)).toBe(3);
  });

  it('asks each step of the service that owns it', () => {
    expect(steps.map(({ participant }) => participant)).toEqual(['order', 'inventory', 'payment', 'order']);
  });

  it('has a deadline of 15 minutes and forgives four crashes in a row', () => {
    expect(orderSaga).toMatchObject({ name: 'order', deadlineMs: 900_000, maxRecoveries: 5 });
  });

  it('tries an undo and the pivot longer than an action that can still be given up', () => {
    const attemptsOf = (name: string) => steps.find((step) => step.name === name)?.retry.maxAttempts ?? 0;
    for (const { name, kind, retry, compensation } of steps) {
      if (kind !== 'compensatable') continue;
      expect(compensation?.retry.maxAttempts, name).toBeGreaterThan(retry.maxAttempts);
      expect(attemptsOf('confirm-order')).toBeGreaterThan(retry.maxAttempts);
    }
  });

  it('gives up all actions before the pivot well within its deadline', () => {
    const longestMs = steps
      .filter(({ kind }) => kind === 'compensatable')
      .flatMap((step) => [step, step.inquiry])
      .reduce((sum, { timeoutMs, retry }) => sum + retry.maxAttempts * (timeoutMs + retry.maxBackoffMs), 0);
    expect(longestMs).toBeLessThan(orderSaga.deadlineMs);
  });
});
