import { describe, expect, it } from 'vitest';
import { nextSteps, openPoints } from '../../src/checkout/explanation.ts';
import type { OrderInput } from '../../src/checkout/order.ts';
import { orderSaga } from '../../src/checkout/order-saga.ts';
import type { SagaEvent } from '../../src/saga/event.ts';
import { stateFromEvents } from '../../src/saga/evolve.ts';
import { failed, rejected, skipped, succeeded, turnedBack, undone } from '../support/saga-events.ts';

const input: OrderInput = {
  customerId: 'cust_1',
  currency: 'USD',
  items: [{ productId: 'prod_1', quantity: 2, priceMinor: 5_000 }],
  totalMinor: 10_000,
};
const started: SagaEvent = {
  type: 'SagaStarted',
  definition: 'order',
  version: 1,
  input,
  deadlineAtMs: 900_000,
};
const reserved = [started, succeeded('create-order'), succeeded('reserve-stock')];

const explain = (events: readonly SagaEvent[], nowMs = 1_000, away: readonly string[] = []) => {
  const state = stateFromEvents(orderSaga, events);
  return {
    open: openPoints(state, input),
    next: nextSteps(orderSaga, { state, input }, { nowMs, isAway: (name) => away.includes(name) }),
  };
};

describe('an explanation', () => {
  it('names what an order holds, and where it goes if all is well', () => {
    expect(explain(reserved)).toEqual({
      open: ['The order is recorded, and neither confirmed nor cancelled.', '2 × prod_1 is held for it.'],
      next: ['If every call succeeds: charge 100.00 USD; confirm the order.', 'The order is then confirmed.'],
    });
  });

  it('does not take a charge without an answer for one that happened, and says what is waited for', () => {
    const { open, next } = explain([...reserved, failed('charge-payment', 'inDoubt', 1, 2_000)]);
    expect(open.at(-1)).toBe('Nobody knows whether this happened: charge 100.00 USD.');
    expect(next[0]).toBe('Nothing happens before 1970-01-01T00:00:02.000Z.');
  });

  it('says who does not answer, if that is who the next call is for', () => {
    expect(explain(reserved, 1_000, ['payment']).next[0]).toBe(
      'charge-payment waits for payment, which does not answer; waiting uses up no attempt.',
    );
    expect(explain(reserved, 1_000, ['inventory'])).toEqual(explain(reserved));
  });

  it('tells the way back of an order that was refused', () => {
    expect(explain([...reserved, rejected('charge-payment'), turnedBack()]).next).toEqual([
      'If every call succeeds: release 2 × prod_1; mark the order as cancelled.',
      'Everything is then undone and the order cancelled.',
    ]);
  });

  it('says what a skip of the pivot leaves as it is', () => {
    const cause = { code: 'rejected', message: 'no' } as const;
    const halted: SagaEvent = { type: 'SagaHalted', step: 'confirm-order', direction: 'action', cause };
    const paid = [...reserved, succeeded('charge-payment'), rejected('confirm-order'), halted];
    const left =
      'the order stays as it is for the customer, unless it was confirmed by hand in the order service.';
    expect(explain([...paid, skipped('confirm-order')]).next).toEqual([`It is then over: ${left}`]);
    expect(explain([...paid, skipped('confirm-order'), { type: 'SagaCompleted' }]).open).toEqual([
      'confirm-order was declared as handled by hand; nothing checks that.',
      left.replace('the', 'The'),
    ]);
  });

  it('has nothing open once everything is undone, except what was declared as handled by hand', () => {
    const goingBack = [...reserved, rejected('charge-payment'), turnedBack()];
    const end: SagaEvent = { type: 'SagaCompensated' };
    expect(explain([...goingBack, undone('reserve-stock'), undone('create-order'), end])).toEqual({
      open: [],
      next: ['Nothing more will happen.'],
    });
    const cause = { code: 'rejected', message: 'no such reservation' } as const;
    const halted: SagaEvent = { type: 'SagaHalted', step: 'reserve-stock', direction: 'compensation', cause };
    expect(explain([...goingBack, halted]).next).toEqual(['Nothing happens until a person decides.']);
    expect(
      explain([...goingBack, halted, skipped('reserve-stock'), undone('create-order'), end]).open,
    ).toEqual(['reserve-stock was declared as handled by hand; nothing checks that.']);
  });
});
