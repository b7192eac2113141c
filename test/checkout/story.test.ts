import { describe, expect, it } from 'vitest';
import { storyLine, storyOf } from '../../src/checkout/story.ts';
import type { SagaEvent } from '../../src/saga/event.ts';

const started: SagaEvent = {
  type: 'SagaStarted',
  definition: 'order',
  version: 1,
  deadlineAtMs: 900_000,
  input: {
    customerId: 'cust_1',
    currency: 'USD',
    items: [
      { productId: 'prod_1', quantity: 2, priceMinor: 5000 },
      { productId: 'prod_2', quantity: 1, priceMinor: 1099 },
    ],
    totalMinor: 11_099,
  },
};
const attempt = (step: string, number = 1) => ({ step, attempt: number, durationMs: 3 });
const succeeded = (step: string, number = 1): SagaEvent => ({
  type: 'StepSucceeded',
  ...attempt(step, number),
});
const texts = (events: readonly SagaEvent[]): string[] => storyOf(events).map(({ text }) => text);

describe('the story of an order', () => {
  it('told a confirmed order from its first event to its last', () => {
    expect(
      texts([
        started,
        succeeded('create-order'),
        succeeded('reserve-stock'),
        succeeded('charge-payment', 2),
        succeeded('confirm-order'),
        { type: 'SagaCompleted' },
      ]),
    ).toEqual([
      'Accepted an order of 2 × prod_1, 1 × prod_2 for 110.99 USD from cust_1',
      'Recorded the order',
      'Reserved 2 × prod_1, 1 × prod_2',
      'Charged 110.99 USD to cust_1, at attempt 2',
      'Confirmed the order',
      'Done: the order is confirmed',
    ]);
  });

  it('gave the reason of a declined payment once and told what was undone', () => {
    const refusal = { code: 'payment_declined', message: 'amount 600.00 is over the limit 500.00' };
    expect(
      texts([
        started,
        succeeded('create-order'),
        succeeded('reserve-stock'),
        { type: 'StepRejected', ...attempt('charge-payment'), refusal },
        { type: 'CompensationStarted', cause: { ...refusal, step: 'charge-payment' } },
        { type: 'StepCompensated', ...attempt('reserve-stock') },
        { type: 'StepCompensated', ...attempt('create-order') },
        { type: 'SagaCompensated' },
      ]).slice(3),
    ).toEqual([
      'Payment was declined: amount 600.00 is over the limit 500.00',
      'Going back, last step first',
      'Gave 2 × prod_1, 1 × prod_2 back to stock',
      'Cancelled the order',
      'Done: everything is undone and the order is cancelled',
    ]);
  });

  it('did not claim that an order is ended which a person was to end', () => {
    const skip = (step: string): SagaEvent => ({ type: 'StepSkipped', step, by: 'mia', reason: 'by hand' });
    const back: SagaEvent = { type: 'CompensationStarted', cause: { code: 'x', message: 'x' } };
    expect(storyOf([started, skip('confirm-order'), { type: 'SagaCompleted' }]).at(-1)).toEqual({
      tone: 'note',
      text: 'Done: nothing is left to do, confirm-order was handled by hand',
    });
    expect(texts([started, back, skip('create-order'), { type: 'SagaCompensated' }]).slice(2)).toEqual([
      'mia said that cancel-order was handled by hand: by hand',
      'Done: nothing is left to do, cancel-order was handled by hand',
    ]);
    expect(texts([started, back, skip('charge-payment'), { type: 'SagaCompensated' }]).at(-1)).toBe(
      'Done: everything else is undone and the order is cancelled, refund-payment was handled by hand',
    );
  });

  it('did not claim a refund of money that may never have been taken', () => {
    const failure = { code: 'DEADLINE_EXCEEDED', message: 'no reply' };
    const lost: SagaEvent = {
      type: 'AttemptFailed',
      ...attempt('charge-payment'),
      direction: 'action',
      outcome: 'inDoubt',
      failure,
      retryAtMs: 0,
    };
    const asked: SagaEvent = {
      type: 'StepInquired',
      ...attempt('charge-payment'),
      finding: { kind: 'absent' },
      retryAtMs: 0,
    };
    const refunded: SagaEvent = { type: 'StepCompensated', ...attempt('charge-payment') };

    expect(storyLine(lost, [started])).toEqual({
      tone: 'doubt',
      text: 'Charging the payment got no answer at attempt 1 and may have happened (DEADLINE_EXCEEDED: no reply); the same key again will tell',
    });
    expect(storyLine(asked, [started, lost]).text).toBe(
      'Asked what became of charging the payment: it has not arrived so far',
    );
    expect(storyLine(refunded, [started, lost, asked]).text).toBe(
      'Refunded 110.99 USD to cust_1, if it was ever charged',
    );
    const found: SagaEvent = { ...asked, finding: { kind: 'tookEffect' } };
    expect(storyLine(refunded, [started, lost, found]).text).toBe('Refunded 110.99 USD to cust_1');
  });

  it('named the person and the reason of every intervention', () => {
    const by = { by: 'mia', reason: 'processor is back' };
    expect(
      texts([
        {
          type: 'SagaHalted',
          step: 'charge-payment',
          direction: 'compensation',
          cause: { code: 'budget_spent', message: 'UNAVAILABLE: no connection' },
        },
        { type: 'RetryRequested', ...by },
        { type: 'StepSkipped', ...by, step: 'charge-payment' },
        { type: 'CancelRequested', ...by },
      ]),
    ).toEqual([
      'Halted at refunding the payment, a person must decide: UNAVAILABLE: no connection',
      'mia asked to try again: processor is back',
      'mia said that charge-payment was handled by hand: processor is back',
      'mia asked to cancel: processor is back',
    ]);
  });

  it('told a crash from an orderly handover', () => {
    expect(storyLine({ type: 'SagaRecovered', owner: 'b', after: 'crash' }, []).tone).toBe('doubt');
    expect(storyLine({ type: 'SagaRecovered', owner: 'b', after: 'handover' }, []).tone).toBe('note');
  });

  it('waited for a participant, and went on', () => {
    expect(
      texts([
        { type: 'SagaHeld', participant: 'payment' },
        { type: 'HoldEnded', participant: 'payment' },
      ]),
    ).toEqual([
      'Waits: payment cannot be reached, or calls to it are paused',
      'Goes on: payment may be called again',
    ]);
  });

  it('had a sentence for a step of a definition it does not know', () => {
    expect(texts([succeeded('ship-parcel')])).toEqual(['Did the unknown step ship-parcel']);
  });

  it('left out what a reader may not see, which comes as an empty text', () => {
    const hidden = { by: '', reason: '' };
    expect(
      texts([
        {
          type: 'StepRejected',
          ...attempt('charge-payment'),
          refusal: { code: 'payment_declined', message: '' },
        },
        { type: 'CancelRequested', ...hidden },
        { type: 'CompensationStarted', cause: { code: 'cancel_requested', message: '' } },
      ]),
    ).toEqual([
      'Payment was declined: payment_declined',
      'Somebody asked to cancel',
      'Going back, last step first: cancel_requested',
    ]);
  });

  it('went without names and amounts where the log has lost them', () => {
    const lost: SagaEvent = { ...started, input: null };
    expect(texts([lost, succeeded('create-order'), succeeded('charge-payment')])).toEqual([
      'Accepted an order of the items for the total from the customer',
      'Recorded the order',
      'Charged the total to the customer',
    ]);
  });

  it('had a sentence even for an event that nobody knows', () => {
    const strange = { type: 'SagaPainted' } as unknown as SagaEvent;
    expect(texts([started, strange])).toContain('Something that nobody knows here: SagaPainted');
  });

  it('explained why it turned back when no step had said so', () => {
    const cause = { code: 'cancel_requested', message: 'mia asked to cancel: wrong size' };
    expect(texts([{ type: 'CompensationStarted', cause }])).toEqual([
      'Going back, last step first: mia asked to cancel: wrong size',
    ]);
  });
});
