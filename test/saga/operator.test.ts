import { describe, it } from 'vitest';
import {
  absent,
  ben,
  cancelRequested,
  crashed,
  failed,
  halted,
  inquired,
  limits,
  perform,
  purchase,
  record,
  rejected,
  retryRequested,
  skipped,
  started,
  succeeded,
  times,
  turnBack,
  turnedBack,
  undoable,
  undoFailed,
  undoRefused,
} from '../support/saga-events.ts';
import { given } from '../support/saga-spec.ts';

const atCharge = [started, succeeded('reserve')];
const atPivot = [...atCharge, succeeded('charge')];
const pastPivot = [...atPivot, succeeded('confirm')];
const goingBack = [...atCharge, rejected('charge'), turnedBack()];
const pivotInDoubt = [
  ...atPivot,
  ...times(limits.attempts, failed, 'confirm', 'inDoubt'),
  inquired('confirm', absent),
  halted('confirm', 'action', 'in_doubt'),
];
const poisoned = [
  ...atCharge,
  ...Array.from({ length: limits.recoveries }, () => crashed),
  halted('charge', 'action', 'poison'),
];
const undoHalted = [...goingBack, undoRefused('reserve'), halted('reserve', 'compensation', 'rejected')];

describe('a cancel request', () => {
  it('turns the saga back before the pivot, and says who asked', () => {
    given(purchase, [...atCharge, cancelRequested]).decides(
      record({
        type: 'CompensationStarted',
        cause: { code: 'cancel_requested', message: `${ben.by} asked to cancel: ${ben.reason}` },
      }),
    );
  });

  it('goes before a retry that is waited for', () => {
    const waiting = failed('charge', 'retryable', 1, 9_000);
    given(purchase, [...atCharge, waiting, cancelRequested]).decides(turnBack('cancel_requested'));
  });

  it('undoes the step whose call was under way, too, when that call got no answer', () => {
    const events = [
      ...atCharge,
      cancelRequested,
      failed('charge', 'inDoubt'),
      turnedBack('cancel_requested'),
    ];
    given(purchase, events).decides(perform('refund'));
  });

  it('is honoured when the call that was under way brings the saga to its pivot', () => {
    given(purchase, [...atCharge, cancelRequested, succeeded('charge')]).decides(
      turnBack('cancel_requested'),
    );
  });

  it('is honoured when the call that was under way was the last one of a saga without a pivot', () => {
    const events = [...atCharge, cancelRequested, succeeded('charge')];
    given(undoable, events).decides(turnBack('cancel_requested'));
    given(undoable, [...events, turnedBack('cancel_requested')]).decides(perform('refund'));
  });

  it('is honoured across a crash, even when the saga had just reached its pivot', () => {
    given(purchase, [...atCharge, cancelRequested, succeeded('charge'), crashed]).decides(
      turnBack('cancel_requested'),
    );
    given(purchase, [...atCharge, cancelRequested, crashed]).decides(turnBack('cancel_requested'));
  });

  it('is refused at the pivot, whose call may be on its way', () => {
    given(purchase, atPivot).refuses(cancelRequested, /point of no return is being passed/);
    given(purchase, [...atPivot, failed('confirm', 'inDoubt')]).refuses(
      cancelRequested,
      /point of no return/,
    );
  });

  it('is refused after the pivot', () => {
    given(purchase, pastPivot).refuses(cancelRequested, /point of no return may have been passed/);
    given(purchase, pivotInDoubt).refuses(cancelRequested, /point of no return may have been passed/);
  });

  it('is refused once the saga goes back', () => {
    given(purchase, goingBack).refuses(cancelRequested, /being undone already/);
    given(purchase, undoHalted).refuses(cancelRequested, /being undone already/);
  });

  it('is refused twice', () => {
    given(purchase, [...atCharge, cancelRequested]).refuses(cancelRequested, /requested already/);
  });

  it('takes up a saga that halted before its pivot and undoes it', () => {
    given(purchase, [...poisoned, cancelRequested]).decides(turnBack('cancel_requested'));
    given(purchase, [...poisoned, cancelRequested, turnedBack('cancel_requested')]).decides(
      perform('refund'),
    );
  });

  it('takes up a halted saga although a cancel was asked for before it halted', () => {
    const events = [
      ...atCharge,
      cancelRequested,
      ...Array.from({ length: limits.recoveries }, () => crashed),
      halted('charge', 'action', 'poison'),
    ];
    given(purchase, [...events, cancelRequested]).decides(turnBack('cancel_requested'));
  });
});

describe('a retry', () => {
  it('starts the step at hand with a fresh budget and goes on counting its attempts', () => {
    const spent = times(limits.attempts, failed, 'announce', 'retryable');
    const events = [...pastPivot, ...spent, halted('announce', 'action', 'budget_spent'), retryRequested];
    given(purchase, events).evolves({
      status: 'running',
      budget: { attempts: 0, inquiries: 0, retryAtMs: 0 },
      recoveries: 0,
    });
    given(purchase, events).decides(perform('announce', limits.attempts + 1));
  });

  it('forgets the verdict, so that the step is really tried', () => {
    const events = [
      ...pastPivot,
      rejected('announce'),
      halted('announce', 'action', 'rejected'),
      retryRequested,
    ];
    given(purchase, events).decides(perform('announce', 2));
    given(purchase, [...undoHalted, retryRequested]).decides(perform('release', 2));
  });

  it('shows a refused step as being tried again', () => {
    const events = [
      ...pastPivot,
      rejected('announce'),
      halted('announce', 'action', 'rejected'),
      retryRequested,
    ];
    given(purchase, events).evolves({ steps: [{}, {}, {}, { status: 'running' }] });
  });

  it('keeps the doubt about the pivot', () => {
    given(purchase, [...pivotInDoubt, retryRequested]).evolves({ steps: [{}, {}, { inDoubt: true }, {}] });
    given(purchase, [...pivotInDoubt, retryRequested]).decides(perform('confirm', 4));
    given(purchase, [...pivotInDoubt, retryRequested]).refuses(turnedBack(), /pivot may have happened/);
  });

  it('goes on in the direction in which the saga halted', () => {
    const spent = times(limits.undoAttempts, undoFailed, 'reserve', 'retryable');
    const events = [
      ...goingBack,
      ...spent,
      halted('reserve', 'compensation', 'budget_spent'),
      retryRequested,
    ];
    given(purchase, events).evolves({ status: 'compensating' });
    given(purchase, events).decides(perform('release', limits.undoAttempts + 1));
  });

  it('is refused while the saga goes on by itself', () => {
    given(purchase, atCharge).refuses(retryRequested, /only a halted saga is retried; this one is running/);
    given(purchase, goingBack).refuses(retryRequested, /this one is compensating/);
  });
});

describe('skipping a step', () => {
  it('goes on with the next step when the action was handled by hand', () => {
    const events = [...pivotInDoubt, skipped('confirm')];
    given(purchase, events).evolves({ steps: [{}, {}, { status: 'skipped', inDoubt: false }, {}] });
    given(purchase, events).decides(perform('announce'));
  });

  it('completes the saga when it was the last step', () => {
    const events = [...pastPivot, rejected('announce'), halted('announce', 'action', 'rejected')];
    given(purchase, [...events, skipped('announce')]).decides(record({ type: 'SagaCompleted' }));
  });

  it('goes on with the undo before it when the undo was handled by hand', () => {
    const bothDone = [...atPivot, rejected('confirm'), turnedBack()];
    const events = [...bothDone, undoRefused('charge'), halted('charge', 'compensation', 'rejected')];
    given(purchase, [...events, skipped('charge')]).decides(perform('release'));
    given(purchase, [...undoHalted, skipped('reserve')]).decides(record({ type: 'SagaCompensated' }));
  });

  it('leaves the undo of a skipped step to the person who skipped it', () => {
    const events = [...poisoned, skipped('charge'), rejected('confirm'), turnedBack()];
    given(purchase, events).decides(perform('release'));
  });

  it('is refused for any step but the one that halted, and while nothing has halted', () => {
    given(purchase, pivotInDoubt).refuses(skipped('announce'), /halted on confirm, not on announce/);
    given(purchase, atCharge).refuses(skipped('charge'), /only a halted saga's step is skipped/);
  });
});
