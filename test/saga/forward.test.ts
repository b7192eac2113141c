import { describe, it } from 'vitest';
import {
  completed,
  failed,
  failure,
  limits,
  perform,
  purchase,
  record,
  rejected,
  rest,
  started,
  succeeded,
  times,
  turnBack,
  undoable,
  waitUntil,
} from '../support/saga-events.ts';
import { given } from '../support/saga-spec.ts';

describe('going forward', () => {
  it('calls the first step as soon as the saga is accepted', () => {
    given(purchase, [started]).decides(
      perform('reserve', 1, {
        step: 'reserve',
        direction: 'action',
        participant: 'stock',
        timeoutMs: 1_000,
      }),
    );
  });

  it('goes to the next step when one succeeded', () => {
    given(purchase, [started, succeeded('reserve')]).evolves({
      status: 'running',
      cursor: 1,
      steps: [{ status: 'succeeded' }, { status: 'running' }, { status: 'pending' }, { status: 'pending' }],
    });
    given(purchase, [started, succeeded('reserve')]).decides(perform('charge'));
  });

  it('goes through all steps in order and is done after the last', () => {
    const reached = [started, succeeded('reserve'), succeeded('charge')];
    given(purchase, reached).decides(perform('confirm'));
    given(purchase, [...reached, succeeded('confirm')]).decides(perform('announce'));
    const all = [...reached, succeeded('confirm'), succeeded('announce')];
    given(purchase, all).decides(record({ type: 'SagaCompleted' }));
    given(purchase, [...all, completed]).decides(rest);
    given(purchase, [...all, completed]).evolves({ status: 'completed' });
  });

  it('completes a saga without a pivot after its last step', () => {
    given(undoable, [started, succeeded('reserve'), succeeded('charge')]).decides(
      record({ type: 'SagaCompleted' }),
    );
  });

  it('turns back at a rejected step, with the participant’s own reason as the cause', () => {
    given(purchase, [started, succeeded('reserve'), rejected('charge')]).decides(
      turnBack('payment_declined', 'charge'),
    );
  });

  it('turns back at a rejected step whatever its attempt budget has left', () => {
    given(purchase, [started, failed('reserve', 'retryable'), rejected('reserve', 2)]).decides(
      turnBack('payment_declined', 'reserve'),
    );
  });

  it('turns back at once at a fault of ours, because repeating it cannot help', () => {
    given(purchase, [started, failed('reserve', 'faulted')]).decides(turnBack('faulted', 'reserve'));
  });
});

describe('trying again', () => {
  it.each(['retryable', 'inDoubt'] as const)(
    'waits as long as the event says after a %s attempt',
    (outcome) => {
      const events = [started, failed('reserve', outcome, 1, 250)];
      given(purchase, events).when(249).decides(waitUntil(250));
      given(purchase, events).when(250).decides(perform('reserve', 2));
    },
  );

  it('does not wait for a back-off that was drawn before the clock was set back', () => {
    const events = [started, failed('reserve', 'retryable', 1, 3_600_250)];
    given(purchase, events).when(0).decides(perform('reserve', 2));
  });

  it.each(['retryable', 'inDoubt'] as const)(
    'tries %s attempts until the budget is spent, not once more',
    (outcome) => {
      const before = times(limits.attempts - 1, failed, 'reserve', outcome);
      given(purchase, [started, ...before]).decides(perform('reserve', limits.attempts));
      const spent = [started, ...before, failed('reserve', outcome, limits.attempts)];
      if (outcome === 'inDoubt') given(purchase, spent).decides(perform('get-reservation'));
      else given(purchase, spent).decides(turnBack('unavailable', 'reserve'));
    },
  );

  it('counts each step’s budget on its own', () => {
    const reserved = [
      started,
      ...times(2, failed, 'reserve', 'retryable'),
      succeeded('reserve', 3),
      ...times(2, failed, 'charge', 'retryable'),
    ];
    given(purchase, reserved).evolves({ budget: { attempts: 2 } });
    given(purchase, reserved).decides(perform('charge', 3));
  });

  it('says in the cause how often it tried and what the last error was', () => {
    given(purchase, [started, ...times(limits.attempts, failed, 'reserve', 'retryable')]).decides(
      record({
        type: 'CompensationStarted',
        cause: {
          code: 'unavailable',
          step: 'reserve',
          message: `reserve gave up after 3 attempts: ${failure.code}: ${failure.message}`,
        },
      }),
    );
  });

  it('is certain that a retryable attempt did not happen, so the step is not undone', () => {
    given(purchase, [started, ...times(limits.attempts, failed, 'reserve', 'retryable')]).evolves({
      steps: [{ inDoubt: false, attempts: 3 }, {}, {}, {}],
    });
  });
});

describe('the deadline of the saga', () => {
  const atCharge = [started, succeeded('reserve')];

  it('turns the saga back before its pivot', () => {
    given(purchase, atCharge)
      .when(limits.deadlineMs - 1)
      .decides(perform('charge'));
    given(purchase, atCharge).when(limits.deadlineMs).decides(turnBack('deadline_exceeded'));
  });

  it('ends a wait, whatever the back-off says', () => {
    const waiting = [...atCharge, failed('charge', 'retryable', 1, limits.deadlineMs + 500)];
    given(purchase, waiting)
      .when(limits.deadlineMs - 500)
      .decides(waitUntil(limits.deadlineMs));
    given(purchase, waiting).when(limits.deadlineMs).decides(turnBack('deadline_exceeded'));
  });

  it('still counts at the pivot when the pivot has certainly not happened', () => {
    const atPivot = [...atCharge, succeeded('charge'), failed('confirm', 'retryable')];
    given(purchase, atPivot).when(limits.deadlineMs).decides(turnBack('deadline_exceeded'));
  });

  it('means nothing once the pivot may have happened', () => {
    const doubted = [...atCharge, succeeded('charge'), failed('confirm', 'inDoubt', 1, 60_500)];
    given(purchase, doubted).when(limits.deadlineMs).decides(waitUntil(60_500));
    given(purchase, doubted).when(60_500).decides(perform('confirm', 2));
    given(purchase, [...atCharge, succeeded('charge'), succeeded('confirm')])
      .when(limits.deadlineMs * 2)
      .decides(perform('announce'));
  });

  it('does not turn back a saga whose steps are all done', () => {
    given(undoable, [...atCharge, succeeded('charge')])
      .when(limits.deadlineMs)
      .decides(record({ type: 'SagaCompleted' }));
  });
});
