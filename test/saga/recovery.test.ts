import { describe, expect, it } from 'vitest';
import {
  cancelRequested,
  crashed,
  failed,
  halt,
  halted,
  handedOver,
  held,
  holdEnded,
  inquired,
  limits,
  perform,
  purchase,
  record,
  rejected,
  started,
  succeeded,
  times,
  tookEffect,
  turnBack,
  turnedBack,
  unanswered,
  undoable,
  undoFailed,
  undone,
  undoRefused,
} from '../support/saga-events.ts';
import { given, stateOf } from '../support/saga-spec.ts';

const atCharge = [started, succeeded('reserve')];
const atPivot = [...atCharge, succeeded('charge')];
const crashes = (count: number) => Array.from({ length: count }, () => crashed);

const doubts = (...inDoubt: boolean[]) => ({ steps: inDoubt.map((doubt) => ({ inDoubt: doubt })) });

describe('taking over a saga that goes forward', () => {
  it.each([
    ['a crash', crashed],
    ['a handover', handedOver],
  ])('doubts every step from the one at hand up to the pivot after %s', (_, takenOver) => {
    given(purchase, [started, takenOver]).evolves(doubts(true, true, false, false));
    given(purchase, [...atCharge, takenOver]).evolves(doubts(false, true, false, false));
  });

  it('doubts only the step at hand from the pivot on, because those calls wait for the log', () => {
    given(purchase, [...atPivot, crashed]).evolves(doubts(false, false, true, false));
    given(purchase, [...atPivot, succeeded('confirm'), crashed]).evolves(doubts(false, false, false, true));
  });

  it('calls the step at hand again', () => {
    given(purchase, [...atCharge, crashed]).decides(perform('charge', 1));
  });

  it('keeps what was used up and the wait that was under way', () => {
    const events = [...atCharge, failed('charge', 'retryable', 1, 700), crashed];
    given(purchase, events).evolves({ budget: { attempts: 1, retryAtMs: 700 } });
    given(purchase, events).when(700).decides(perform('charge', 2));
  });

  it('undoes all that may have been called beyond the end of the log, last step first', () => {
    const events = [started, crashed, turnedBack('deadline_exceeded')];
    given(purchase, events).decides(perform('refund'));
    given(purchase, [...events, undone('charge')]).decides(perform('release'));
  });

  it('forgets the doubts behind a step that turns out to be refused: nobody can have got past it', () => {
    given(purchase, [started, crashed, rejected('reserve')]).evolves(doubts(false, false, false, false));
  });

  it('keeps the doubts behind a step that goes on to succeed', () => {
    given(purchase, [started, crashed, succeeded('reserve')]).evolves(doubts(false, true, false, false));
  });

  it('cannot turn back at the pivot, which may have happened', () => {
    given(purchase, [...atPivot, crashed])
      .when(limits.deadlineMs)
      .decides(perform('confirm'));
    given(purchase, [...atPivot, crashed]).refuses(turnedBack(), /pivot may have happened/);
  });

  it('doubts nothing new when all steps are done', () => {
    given(undoable, [...atPivot, crashed]).evolves(doubts(false, false));
    given(undoable, [...atPivot, crashed]).decides(record({ type: 'SagaCompleted' }));
  });

  it('doubts nothing behind a step that the log shows as refused', () => {
    given(purchase, [started, rejected('reserve'), crashed]).evolves(doubts(false, false, false, false));
    given(purchase, [started, rejected('reserve'), crashed]).decides(turnBack('payment_declined', 'reserve'));
  });

  it.each([
    ['refused', [rejected('confirm')], 'payment_declined'],
    ['faulted', [failed('confirm', 'faulted')], 'faulted'],
    ['spent', times(limits.attempts, failed, 'confirm', 'retryable'), 'unavailable'],
  ])('still turns back from a pivot that the log shows as %s', (_, ended, code) => {
    given(purchase, [...atPivot, ...ended, crashed]).evolves(doubts(false, false, false, false));
    given(purchase, [...atPivot, ...ended, crashed]).decides(turnBack(code, 'confirm'));
  });

  it('doubts the steps behind one that was about to be asked about: the answer may have let the saga go on', () => {
    const spent = times(limits.attempts, failed, 'reserve', 'inDoubt');
    given(purchase, [started, ...spent, crashed]).evolves(doubts(true, true, false, false));
  });

  it('doubts no step but the one at hand when a cancel was requested: nothing new was called after it', () => {
    given(purchase, [started, cancelRequested, crashed]).evolves(doubts(true, false, false, false));
    given(purchase, [...atCharge, cancelRequested, succeeded('charge'), crashed]).evolves(
      doubts(false, false, false, false),
    );
  });
});

describe('taking over a saga that goes back', () => {
  it('repeats the undo at hand', () => {
    given(purchase, [...atPivot, rejected('confirm'), turnedBack(), crashed]).decides(perform('refund'));
  });

  it('doubts nothing new', () => {
    given(purchase, [...atCharge, rejected('charge'), turnedBack(), crashed]).evolves(
      doubts(false, false, false, false),
    );
  });
});

describe('a saga that is held', () => {
  it('changes nothing but that, and any other event ends it', () => {
    given(purchase, [...atCharge, held]).evolves({ isHeld: true, cursor: 1 });
    given(purchase, [...atCharge, held]).decides(perform('charge', 1));
    for (const event of [holdEnded, handedOver, cancelRequested, failed('charge', 'inDoubt')])
      expect(stateOf(purchase, [...atCharge, held, event]).isHeld).toBeUndefined();
  });

  it('keeps what its drivers have died of before', () => {
    given(purchase, [...atCharge, ...crashes(2), held, handedOver]).evolves({ recoveries: 2 });
  });

  it('can still be cancelled at the pivot, because its call is not under way', () => {
    given(purchase, [...atPivot, held, cancelRequested]).decides(turnBack('cancel_requested'));
    given(purchase, [...atPivot, held, holdEnded]).refuses(cancelRequested, /being passed/);
    const doubt = failed('confirm', 'inDoubt');
    given(purchase, [...atPivot, doubt, held]).refuses(cancelRequested, /may have been passed/);
  });

  it.each([
    ['a crash', crashed],
    ['a handover', handedOver],
  ])('is in no new doubt after %s: no call was under way', (_, takenOver) => {
    given(purchase, [...atCharge, held, takenOver]).evolves(doubts(false, false, false, false));
    given(purchase, [...atPivot, held, takenOver]).evolves(doubts(false, false, false, false));
    given(purchase, [...atPivot, held, takenOver])
      .when(limits.deadlineMs)
      .decides(turnBack('deadline_exceeded'));
    given(purchase, [...atPivot, held, takenOver, held, cancelRequested]).decides(
      turnBack('cancel_requested'),
    );
  });

  it('keeps the doubts that it was in before', () => {
    given(purchase, [started, crashed, held, crashed]).evolves(doubts(true, true, false, false));
    given(purchase, [...atPivot, failed('confirm', 'inDoubt'), held, crashed]).evolves(
      doubts(false, false, true, false),
    );
  });

  it('is in doubt again as soon as it was let go', () => {
    given(purchase, [...atPivot, held, holdEnded, crashed]).evolves(doubts(false, false, true, false));
    given(purchase, [...atPivot, held, crashed, crashed]).evolves(doubts(false, false, true, false));
  });

  it('was cancelled at the pivot, so that a crash leaves no doubt about it', () => {
    given(purchase, [...atPivot, held, cancelRequested, crashed]).evolves(doubts(false, false, false, false));
  });
});

describe('a saga whose drivers keep dying', () => {
  const spentInDoubt = times(limits.attempts, failed, 'charge', 'inDoubt');

  it('is halted after so many crashes in a row, and not before', () => {
    given(purchase, [...atCharge, ...crashes(limits.recoveries - 1)]).decides(perform('charge'));
    given(purchase, [...atCharge, ...crashes(limits.recoveries)]).decides(halt('charge', 'action', 'poison'));
  });

  it('is halted while it goes back, too', () => {
    const goingBack = [...atCharge, rejected('charge'), turnedBack()];
    given(purchase, [...goingBack, ...crashes(limits.recoveries)]).decides(
      halt('reserve', 'compensation', 'poison'),
    );
  });

  it('is not blamed for handovers', () => {
    const handovers = Array.from({ length: limits.recoveries * 3 }, () => handedOver);
    given(purchase, [...atCharge, ...handovers]).evolves({ recoveries: 0 });
    given(purchase, [...atCharge, ...handovers]).decides(perform('charge'));
  });

  it.each([
    ['a success', [...atCharge, ...crashes(2), succeeded('charge')]],
    ['a failed attempt', [...atCharge, ...crashes(2), failed('charge', 'retryable')]],
    ['a refusal', [...atCharge, ...crashes(2), rejected('charge')]],
    ['a finding', [...atCharge, ...spentInDoubt, ...crashes(2), inquired('charge', tookEffect)]],
    [
      'an inquiry without an answer',
      [...atCharge, ...spentInDoubt, ...crashes(2), inquired('charge', unanswered)],
    ],
    ['an undo', [...atPivot, rejected('confirm'), turnedBack(), ...crashes(2), undone('charge')]],
    [
      'a failed undo',
      [...atPivot, rejected('confirm'), turnedBack(), ...crashes(2), undoFailed('charge', 'inDoubt')],
    ],
    ['a refused undo', [...atPivot, rejected('confirm'), turnedBack(), ...crashes(2), undoRefused('charge')]],
  ])('is given all its chances again by %s', (_, events) => {
    given(purchase, events).evolves({ recoveries: 0 });
  });

  it('is not halted when all that is left is to say how it ended', () => {
    given(undoable, [...atPivot, ...crashes(limits.recoveries)]).decides(record({ type: 'SagaCompleted' }));
    const undoneAll = [started, rejected('reserve'), turnedBack(), ...crashes(limits.recoveries)];
    given(purchase, undoneAll).decides(record({ type: 'SagaCompensated' }));
  });

  it('is not recovered once it halted', () => {
    given(purchase, [
      ...atCharge,
      ...crashes(limits.recoveries),
      halted('charge', 'action', 'poison'),
    ]).refuses(crashed, /nobody drives a halted saga/);
  });
});
