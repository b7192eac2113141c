import { describe, it } from 'vitest';
import {
  absent,
  failed,
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
  waitUntil,
} from '../support/saga-events.ts';
import { given } from '../support/saga-spec.ts';

const atCharge = [started, succeeded('reserve')];
const spentInDoubt = [...atCharge, ...times(limits.attempts, failed, 'charge', 'inDoubt')];

describe('an attempt without an answer', () => {
  it('leaves the step in doubt', () => {
    given(purchase, [...atCharge, failed('charge', 'inDoubt')]).evolves({
      steps: [{ inDoubt: false }, { inDoubt: true, status: 'running' }, { inDoubt: false }, {}],
    });
  });

  it('stays in doubt when later attempts certainly did not happen', () => {
    const events = [...atCharge, failed('charge', 'inDoubt'), ...times(2, failed, 'charge', 'retryable')];
    given(purchase, events).evolves({ steps: [{}, { inDoubt: true }, {}, {}] });
    given(purchase, events).decides(perform('get-charge'));
  });

  it('stays in doubt when a later attempt is a fault of ours, so the participant is asked', () => {
    given(purchase, [...atCharge, failed('charge', 'inDoubt'), failed('charge', 'faulted', 2)]).decides(
      perform('get-charge'),
    );
  });

  it('is cleared by a success with the same key', () => {
    given(purchase, [...atCharge, failed('charge', 'inDoubt'), succeeded('charge', 2)]).evolves({
      cursor: 2,
      steps: [{}, { status: 'succeeded', inDoubt: false, attempts: 2 }, {}, {}],
    });
  });

  it('is cleared by a refusal with the same key, because the answer to a key never changes', () => {
    const events = [...atCharge, failed('charge', 'inDoubt'), rejected('charge', 2)];
    given(purchase, events).evolves({ steps: [{}, { status: 'rejected', inDoubt: false }, {}, {}] });
    given(purchase, [...events, turnedBack()]).decides(perform('release'));
  });
});

describe('the inquiry', () => {
  it('is made when the attempt budget is spent in doubt, by its own name and count', () => {
    given(purchase, spentInDoubt).decides(
      perform('get-charge', 1, { step: 'charge', direction: 'inquiry', participant: 'bank' }),
    );
  });

  it('is made again after the wait when it got no answer, until its own budget is spent', () => {
    const once = [...spentInDoubt, inquired('charge', unanswered, 1, 400)];
    given(purchase, once).when(399).decides(waitUntil(400));
    given(purchase, once).when(400).decides(perform('get-charge', 2));
    given(purchase, [...once, inquired('charge', unanswered, 2)])
      .when(400)
      .decides(turnBack('unavailable', 'charge'));
  });

  it('lets the saga go on when the step took effect', () => {
    const found = [...spentInDoubt, inquired('charge', tookEffect)];
    given(purchase, found).evolves({
      cursor: 2,
      steps: [{}, { status: 'succeeded', inDoubt: false }, {}, {}],
    });
    given(purchase, found).decides(perform('confirm'));
  });

  it('turns the saga back without undoing the step when it was refused', () => {
    const found = [...spentInDoubt, inquired('charge', refused)];
    given(purchase, found).decides(turnBack('payment_declined', 'charge'));
    given(purchase, [...found, turnedBack()]).decides(perform('release'));
  });

  it('is no proof when it finds nothing: the request may still arrive, so the step is undone too', () => {
    const found = [...spentInDoubt, inquired('charge', absent)];
    given(purchase, found).decides(turnBack('unavailable', 'charge'));
    given(purchase, [...found, turnedBack()]).decides(perform('refund'));
  });

  it('does not go back to trying when it finds nothing after a fault of ours', () => {
    const faulted = [...atCharge, failed('charge', 'inDoubt'), failed('charge', 'faulted', 2)];
    given(purchase, [...faulted, inquired('charge', absent)]).decides(turnBack('unavailable', 'charge'));
  });

  it('leaves a step that nobody can tell about to be undone with the others', () => {
    const silent = [
      ...spentInDoubt,
      ...times(
        limits.inquiries,
        (step, _, attempt) => inquired(step, unanswered, attempt),
        'charge',
        'inDoubt',
      ),
    ];
    given(purchase, [...silent, turnedBack()]).decides(perform('refund'));
  });

  it('is not waited for past the deadline of the saga', () => {
    const waiting = [...spentInDoubt, inquired('charge', unanswered, 1, limits.deadlineMs + 1)];
    given(purchase, waiting)
      .when(limits.deadlineMs - 500)
      .decides(waitUntil(limits.deadlineMs));
    given(purchase, waiting).when(limits.deadlineMs).decides(turnBack('deadline_exceeded'));
  });
});
