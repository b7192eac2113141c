import { describe, expect, it } from 'vitest';
import type { SagaEvent } from '../../src/saga/event.ts';
import { IllegalEvent, stateFromEvents } from '../../src/saga/evolve.ts';
import {
  cancelRequested,
  compensated,
  completed,
  crashed,
  failed,
  halted,
  handedOver,
  held,
  holdEnded,
  inquired,
  purchase,
  rejected,
  retryRequested,
  skipped,
  started,
  succeeded,
  tookEffect,
  turnedBack,
  undoFailed,
  undone,
  undoRefused,
} from '../support/saga-events.ts';
import { given } from '../support/saga-spec.ts';

const everyEvent: readonly SagaEvent[] = [
  started,
  succeeded('reserve'),
  rejected('reserve'),
  failed('reserve', 'inDoubt'),
  undoFailed('reserve', 'inDoubt'),
  inquired('reserve', tookEffect),
  turnedBack(),
  undone('reserve'),
  undoRefused('reserve'),
  completed,
  compensated,
  halted('reserve', 'action', 'poison'),
  crashed,
  handedOver,
  held,
  holdEnded,
  cancelRequested,
  retryRequested,
  skipped('reserve'),
];

const allDone = [
  started,
  succeeded('reserve'),
  succeeded('charge'),
  succeeded('confirm'),
  succeeded('announce'),
];
const goingBack = [started, succeeded('reserve'), rejected('charge'), turnedBack()];
const haltedForward = [started, halted('reserve', 'action', 'poison')];

describe('a terminal saga', () => {
  it.each(everyEvent.map((event) => [event.type, event] as const))('is not changed by %s', (_, event) => {
    given(purchase, [...allDone, completed]).refuses(event, /a terminal state never changes/);
    given(purchase, [...goingBack, undone('reserve'), compensated]).refuses(
      event,
      /a terminal state never changes/,
    );
  });
});

describe('a log', () => {
  it('starts with SagaStarted', () => {
    expect(() => stateFromEvents(purchase, [])).toThrow(IllegalEvent);
    expect(() => stateFromEvents(purchase, [succeeded('reserve')])).toThrow(/starts with SagaStarted/);
  });

  it('starts once', () => {
    given(purchase, [started]).refuses(started, /starts once/);
  });
});

describe('an event that cannot follow', () => {
  it('HoldEnded is refused while the saga is not held', () => {
    given(purchase, [started]).refuses(holdEnded, /not held/);
    given(purchase, [started, held, holdEnded]).refuses(holdEnded, /not held/);
    given(purchase, [started, held, handedOver]).refuses(holdEnded, /not held/);
  });

  it.each([
    succeeded('charge'),
    rejected('charge'),
    failed('charge', 'retryable'),
    inquired('charge', tookEffect),
  ])('$type is refused for a step that is not at hand', (event) => {
    given(purchase, [started]).refuses(event, /the step at hand is reserve, not charge/);
  });

  it.each([
    succeeded('reserve'),
    rejected('reserve'),
    failed('reserve', 'retryable'),
    inquired('reserve', tookEffect),
    turnedBack(),
    completed,
  ])('$type is refused while the saga goes back', (event) => {
    given(purchase, goingBack).refuses(event, /not running|only a running saga|still open/);
  });

  it.each([undone('reserve'), undoRefused('reserve'), undoFailed('reserve', 'retryable'), compensated])(
    '$type is refused while the saga goes forward',
    (event) => {
      given(purchase, [started]).refuses(event, /not compensating|not undone yet/);
    },
  );

  it.each(
    everyEvent.filter(({ type }) => !['CancelRequested', 'RetryRequested', 'StepSkipped'].includes(type)),
  )('$type is refused while the saga is halted', (event) => {
    given(purchase, haltedForward).refuses(event, /.+/);
  });

  it('SagaCompleted is refused while steps are open', () => {
    given(purchase, allDone.slice(0, -1)).refuses(completed, /steps are still open/);
  });

  it('SagaCompensated is refused while something is not undone', () => {
    given(purchase, goingBack).refuses(compensated, /not undone yet/);
  });

  it('an undo is refused when everything is undone', () => {
    given(purchase, [...goingBack, undone('reserve')]).refuses(undone('reserve'), /step at hand is none/);
  });

  it('SagaHalted is refused for any step and direction but those at hand, which a skip relies on', () => {
    given(purchase, [started]).refuses(halted('charge', 'action', 'poison'), /the step at hand is reserve/);
    given(purchase, [started]).refuses(halted('reserve', 'compensation', 'poison'), /not compensating/);
    given(purchase, allDone).refuses(halted('announce', 'action', 'poison'), /the step at hand is none/);
  });

  it('says what, after what, and why', () => {
    given(purchase, goingBack).refuses(
      succeeded('charge'),
      /^StepSucceeded cannot follow compensating: it is not running$/,
    );
  });
});
