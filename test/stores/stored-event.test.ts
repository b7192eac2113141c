import { describe, expect, it } from 'vitest';
import type { SagaEvent } from '../../src/saga/event.ts';
import { createSagaDisk } from '../../src/stores/memory/saga-disk.ts';
import { createMemorySagaLog } from '../../src/stores/memory/saga-log.ts';
import { DamagedSaga, storedEvent } from '../../src/stores/stored-event.ts';
import { acceptance } from '../contract/saga-log-fixture.ts';

const attempt = { step: 'charge-payment', attempt: 2, durationMs: 3 };
const said = { code: 'payment_declined', message: '' };
const byOperator = { by: 'ada', reason: 'looked into it' };

/** One of each type, with every member that is not optional. */
const events: { readonly [Type in SagaEvent['type']]: Extract<SagaEvent, { readonly type: Type }> } = {
  SagaStarted: { type: 'SagaStarted', definition: 'order', version: 1, input: {}, deadlineAtMs: 900_000 },
  StepSucceeded: { type: 'StepSucceeded', ...attempt },
  StepRejected: { type: 'StepRejected', ...attempt, refusal: said },
  AttemptFailed: {
    type: 'AttemptFailed',
    ...attempt,
    direction: 'action',
    outcome: 'inDoubt',
    failure: said,
    retryAtMs: 1,
  },
  StepInquired: { type: 'StepInquired', ...attempt, finding: { kind: 'absent' }, retryAtMs: 1 },
  CompensationStarted: { type: 'CompensationStarted', cause: said },
  StepCompensated: { type: 'StepCompensated', ...attempt },
  CompensationRejected: { type: 'CompensationRejected', ...attempt, refusal: said },
  SagaCompleted: { type: 'SagaCompleted' },
  SagaCompensated: { type: 'SagaCompensated' },
  SagaHalted: {
    type: 'SagaHalted',
    step: 'charge-payment',
    direction: 'compensation',
    cause: { code: 'poison', message: '' },
  },
  SagaRecovered: { type: 'SagaRecovered', owner: 'a', after: 'handover' },
  SagaHeld: { type: 'SagaHeld', participant: 'payment' },
  HoldEnded: { type: 'HoldEnded', participant: 'payment' },
  CancelRequested: { type: 'CancelRequested', ...byOperator },
  RetryRequested: { type: 'RetryRequested', ...byOperator },
  StepSkipped: { type: 'StepSkipped', ...byOperator, step: 'charge-payment' },
};

const read = (data: unknown): SagaEvent => storedEvent('s1', { seq: 7, data: JSON.stringify(data) });

describe('a stored event', () => {
  it.each(Object.values(events))('of the type $type is read as it was written', (event) => {
    expect(read(event)).toEqual(event);
  });

  it.each(Object.values(events))('of the type $type without one of its members is damaged', (event) => {
    const needed = Object.keys(event).filter((member) => member !== 'input');
    for (const member of needed) {
      const { [member]: _, ...rest } = event as { readonly [member: string]: unknown };
      expect(() => read(rest)).toThrow(DamagedSaga);
    }
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['a text', 'SagaCompleted'],
    ['no type', { step: 'a' }],
    ['half a cause', { ...events.SagaHalted, cause: { code: 'poison' } }],
    ['a finding of no kind', { ...events.StepInquired, finding: { kind: 'maybe' } }],
    [
      'an unanswered finding without its failure',
      { ...events.StepInquired, finding: { kind: 'unanswered' } },
    ],
    ['a deadline that no calendar has', { ...events.SagaStarted, deadlineAtMs: 1e300 }],
    ['a direction that is none', { ...events.SagaHalted, direction: 'up' }],
  ])('that is %s is damaged', (_, data) => {
    expect(() => read(data)).toThrow(/^saga s1: event 7 is /);
  });

  it('that is no JSON is damaged, and says where', () => {
    expect(() => storedEvent('s1', { seq: 7, data: '{"type":' })).toThrow(
      expect.objectContaining({ flaw: 'event 7 is no JSON', cause: expect.any(SyntaxError) }),
    );
  });

  it('of a type that another version may know comes as it is', () => {
    for (const type of ['SagaPainted', 'constructor'])
      expect(read({ type, colour: 1 })).toEqual({ type, colour: 1 });
  });
});

it('a log whose rows were changed rejects what it is asked of that saga, and of no other', async () => {
  const disk = createSagaDisk();
  const log = createMemorySagaLog({ disk });
  await log.accept(acceptance('s1'));
  await log.accept(acceptance('s2'));
  const stored = disk.sagas.get('s1');
  if (stored) disk.sagas.set('s1', { ...stored, rows: stored.rows.map((row) => ({ ...row, data: 'x' })) });
  await expect(log.events('s1', 0)).rejects.toThrow(DamagedSaga);
  expect(await log.events('s2', 0)).toHaveLength(1);
  expect(await log.list({ limit: 9 })).toHaveLength(2);
});
