import { describe, it } from 'vitest';
import {
  compensated,
  failed,
  halt,
  limits,
  perform,
  purchase,
  record,
  rejected,
  rest,
  started,
  succeeded,
  times,
  turnedBack,
  undoFailed,
  undone,
  undoRefused,
  waitUntil,
} from '../support/saga-events.ts';
import { given } from '../support/saga-spec.ts';

const bothDone = [started, succeeded('reserve'), succeeded('charge'), rejected('confirm'), turnedBack()];

describe('going back', () => {
  it('undoes the last step first', () => {
    given(purchase, bothDone).decides(
      perform('refund', 1, { step: 'charge', direction: 'compensation', participant: 'bank' }),
    );
    given(purchase, [...bothDone, undone('charge')]).decides(perform('release'));
    const all = [...bothDone, undone('charge'), undone('reserve')];
    given(purchase, all).decides(record({ type: 'SagaCompensated' }));
    given(purchase, [...all, compensated]).decides(rest);
    given(purchase, [...all, compensated]).evolves({
      status: 'compensated',
      steps: [
        { status: 'compensated' },
        { status: 'compensated' },
        { status: 'rejected' },
        { status: 'pending' },
      ],
    });
  });

  it('refuses to undo out of order', () => {
    given(purchase, bothDone).refuses(undone('reserve'), /the step at hand is charge, not reserve/);
  });

  it('does not undo a step that was refused or never reached', () => {
    given(purchase, [started, succeeded('reserve'), rejected('charge'), turnedBack()]).decides(
      perform('release'),
    );
    given(purchase, [started, rejected('reserve'), turnedBack()]).decides(
      record({ type: 'SagaCompensated' }),
    );
  });

  it('does not undo a step that certainly did not happen', () => {
    const spent = times(limits.attempts, failed, 'charge', 'retryable');
    given(purchase, [started, succeeded('reserve'), ...spent, turnedBack('unavailable')]).evolves({
      steps: [{ status: 'succeeded' }, { status: 'failed', inDoubt: false }, {}, {}],
    });
    given(purchase, [started, succeeded('reserve'), ...spent, turnedBack('unavailable')]).decides(
      perform('release'),
    );
  });

  it('undoes the step in doubt first', () => {
    const doubted = [
      started,
      succeeded('reserve'),
      failed('charge', 'inDoubt'),
      turnedBack('deadline_exceeded'),
    ];
    given(purchase, doubted).decides(perform('refund'));
    given(purchase, [...doubted, undone('charge')]).decides(perform('release'));
  });

  it('keeps the cause for the customer', () => {
    given(purchase, bothDone).evolves({ status: 'compensating', cause: { code: 'payment_declined' } });
  });

  it('knows no deadline', () => {
    given(purchase, bothDone)
      .when(limits.deadlineMs * 10)
      .decides(perform('refund'));
    given(purchase, [...bothDone, undoFailed('charge', 'retryable', 1, limits.deadlineMs + 500)])
      .when(limits.deadlineMs - 500)
      .decides(waitUntil(limits.deadlineMs + 500));
  });
});

describe('trying an undo again', () => {
  it.each(['retryable', 'inDoubt'] as const)('has a budget of its own for %s attempts', (outcome) => {
    const before = times(limits.undoAttempts - 1, undoFailed, 'charge', outcome);
    given(purchase, [...bothDone, ...before]).decides(perform('refund', limits.undoAttempts));
    given(purchase, [...bothDone, ...before, undoFailed('charge', outcome, limits.undoAttempts)]).decides(
      halt('charge', 'compensation', 'budget_spent'),
    );
  });

  it('waits as long as the event says', () => {
    const events = [...bothDone, undoFailed('charge', 'inDoubt', 1, 900)];
    given(purchase, events).when(899).decides(waitUntil(900));
    given(purchase, events).when(900).decides(perform('refund', 2));
  });

  it('starts afresh for the next undo', () => {
    const events = [
      ...bothDone,
      ...times(limits.undoAttempts - 1, undoFailed, 'charge', 'retryable'),
      undone('charge', limits.undoAttempts),
      undoFailed('reserve', 'retryable'),
    ];
    given(purchase, events).evolves({ budget: { attempts: 1 } });
    given(purchase, events).decides(perform('release', 2));
  });

  it('does not count the attempts of the action', () => {
    const events = [
      started,
      ...times(limits.attempts, failed, 'reserve', 'inDoubt'),
      turnedBack('unavailable'),
    ];
    given(purchase, events).decides(perform('release', 1));
  });

  it('halts at once when the undo is refused or faulted', () => {
    given(purchase, [...bothDone, undoRefused('charge')]).decides(halt('charge', 'compensation', 'rejected'));
    given(purchase, [...bothDone, undoFailed('charge', 'faulted')]).decides(
      halt('charge', 'compensation', 'faulted'),
    );
  });
});
