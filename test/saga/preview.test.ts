import { describe, expect, it } from 'vitest';
import type { Choice } from '../../src/saga/command.ts';
import type { SagaEvent } from '../../src/saga/event.ts';
import { foretell, previewCommand } from '../../src/saga/foretell.ts';
import {
  absent,
  cancelRequested,
  crashed,
  failed,
  halted,
  inquired,
  limits,
  purchase,
  rejected,
  started,
  succeeded,
  times,
  turnedBack,
  undoFailed,
  undoRefused,
} from '../support/saga-events.ts';
import { stateOf } from '../support/saga-spec.ts';

const atCharge = [started, succeeded('reserve')];
const atPivot = [...atCharge, succeeded('charge')];
const poisoned = [
  ...atCharge,
  ...Array.from({ length: limits.recoveries }, () => crashed),
  halted('charge', 'action', 'poison'),
];
const undoHalted = [
  ...atCharge,
  rejected('charge'),
  turnedBack(),
  undoRefused('reserve'),
  halted('reserve', 'compensation', 'rejected'),
];

const ahead = (events: readonly SagaEvent[], nowMs = 0) => {
  const { calls, status } = foretell(purchase, stateOf(purchase, events), nowMs);
  return [...calls.map(({ name, unless }) => (unless ? `${name}, unless ${unless}` : name)), status];
};
const preview = (events: readonly SagaEvent[], choice: Choice) => {
  const seen = previewCommand(purchase, stateOf(purchase, events), choice, 0);
  if (seen.kind === 'refused') return seen.why;
  return [
    ...seen.calls.map(({ name, unless }) => (unless ? `${name}, unless ${unless}` : name)),
    seen.status,
  ];
};

describe('what lies ahead', () => {
  it('is every step that is left, and completion', () => {
    expect(ahead([started])).toEqual(['reserve', 'charge', 'confirm', 'announce', 'completed']);
    expect(ahead(atPivot)).toEqual(['confirm', 'announce', 'completed']);
  });

  it('is the next attempt, after its wait', () => {
    expect(ahead([...atCharge, failed('charge', 'retryable', 1, 900)])).toEqual([
      'charge',
      'confirm',
      'announce',
      'completed',
    ]);
  });

  it('is the question what became of a step whose attempts are used up', () => {
    expect(ahead([...atCharge, ...times(limits.attempts, failed, 'charge', 'inDoubt')])[0]).toBe(
      'get-charge',
    );
  });

  it('is the way back of a saga that turns back, and an undo in doubt is marked', () => {
    const lost = times(limits.attempts, failed, 'charge', 'inDoubt');
    expect(ahead([...atCharge, ...lost, inquired('charge', absent)])).toEqual([
      'refund, unless inDoubt',
      'release',
      'compensated',
    ]);
    expect(ahead([...atCharge, undoFailed('reserve', 'retryable')].slice(0, 2), limits.deadlineMs)).toEqual([
      'release',
      'compensated',
    ]);
  });

  it('is nothing for a saga that halted or ended', () => {
    expect(ahead(undoHalted)).toEqual(['halted']);
    expect(
      ahead([...atPivot, succeeded('confirm'), succeeded('announce'), { type: 'SagaCompleted' }]),
    ).toEqual(['completed']);
  });
});

describe('the preview of a decision', () => {
  it('of a cancel is the undo of everything that took effect or may have, last step first', () => {
    expect(preview(poisoned, { kind: 'cancel' })).toEqual([
      'refund, unless inDoubt',
      'release',
      'compensated',
    ]);
  });

  it('of a cancel names the undo of the call under way, which is made only if that call takes effect', () => {
    expect(preview(atCharge, { kind: 'cancel' })).toEqual([
      'refund, unless underWay',
      'release',
      'compensated',
    ]);
  });

  it('of a retry is the step that halted and all behind it', () => {
    expect(preview(undoHalted, { kind: 'retry' })).toEqual(['release', 'compensated']);
    expect(preview(poisoned, { kind: 'retry' })).toEqual(['charge', 'confirm', 'announce', 'completed']);
  });

  it('of a skip leaves that step out', () => {
    expect(preview(undoHalted, { kind: 'skip', step: 'reserve' })).toEqual(['compensated']);
    expect(preview(poisoned, { kind: 'skip', step: 'charge' })).toEqual(['confirm', 'announce', 'completed']);
  });

  it('is the refusal that the decision itself would get', () => {
    expect(preview(atPivot, { kind: 'cancel' })).toMatch(/point of no return/);
    expect(preview(atCharge, { kind: 'retry' })).toMatch(/only a halted saga/);
    expect(preview(undoHalted, { kind: 'skip', step: 'charge' })).toMatch(/halted on reserve/);
    expect(preview([...atCharge, cancelRequested], { kind: 'cancel' })).toMatch(/requested already/);
  });
});
