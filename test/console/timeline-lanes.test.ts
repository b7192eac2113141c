import { expect, test } from 'vitest';
import { scaleOf, timelineFrom } from '../../src/console/timeline-lanes.ts';
import type { EventAnswer } from '../../src/contract/sagas.ts';
import type { SagaEvent } from '../../src/saga/event.ts';

const row = (data: SagaEvent, atMs: number, index: number): EventAnswer => ({
  seq: index + 1,
  type: data.type,
  at: new Date(atMs).toISOString(),
  data,
  epoch: 1,
  trace_id: '',
  span_id: '',
  hash: '',
  prev_hash: '',
});

const failure = { code: 'UNAVAILABLE', message: '' };
const dayMs = 86_400_000;
const events = (
  [
    [{ type: 'SagaStarted', definition: 'order', version: 1, input: {}, deadlineAtMs: 0 }, 0],
    [
      {
        type: 'AttemptFailed',
        step: 'reserve-stock',
        attempt: 1,
        durationMs: 20,
        direction: 'action',
        outcome: 'inDoubt',
        failure,
        retryAtMs: 150,
      },
      20,
    ],
    [{ type: 'StepSucceeded', step: 'reserve-stock', attempt: 2, durationMs: 10 }, 160],
    [
      {
        type: 'SagaHalted',
        step: 'reserve-stock',
        direction: 'compensation',
        cause: { code: 'faulted', message: 'counting' },
      },
      170,
    ],
    [{ type: 'RetryRequested', by: 'Ada', reason: 'done' }, dayMs],
    [{ type: 'StepCompensated', step: 'reserve-stock', attempt: 1, durationMs: 30 }, dayMs + 40],
  ] as const
).map(([data, atMs], index) => row(data, atMs, index));
const steps = [{ name: 'reserve-stock', compensation: 'release-stock' }];
const timeline = timelineFrom(events, { steps, status: 'compensated' }, dayMs + 100);

test('each operation had a lane, with its attempts, its waits and its standstill in their order', () => {
  expect(
    timeline.lanes.map(({ name, bars }) => [
      name,
      bars.map(({ kind, startMs, endMs }) => [kind, startMs, endMs]),
    ]),
  ).toEqual([
    [
      'reserve-stock',
      [
        ['doubt', 0, 20],
        ['wait', 20, 150],
        ['good', 150, 160],
      ],
    ],
    [
      'release-stock',
      [
        ['halt', 170, dayMs],
        ['undo', dayMs + 10, dayMs + 40],
      ],
    ],
    ['people', [['person', dayMs, dayMs]]],
  ]);
});

test('a day without a call took no more room than the calls, and times could be read back', () => {
  const scale = scaleOf(timeline);
  expect(scale.at(dayMs) - scale.at(170)).toBeLessThan(0.5);
  expect(scale.at(20) - scale.at(0)).toBeGreaterThan(0.05);
  expect(scale.cuts).toContainEqual({ startMs: 170, endMs: dayMs });
  for (const ms of [0, 20, 100, 160, dayMs, dayMs + 40])
    expect(scale.timeAt(scale.at(ms))).toBeCloseTo(ms, 3);
});

test('a call that has not ended was drawn up to now, but not while its wait went on', () => {
  const saga = { steps, status: 'running', step: 'reserve-stock' } as const;
  const lastBarAt = (nowMs: number) => timelineFrom(events.slice(0, 2), saga, nowMs).lanes[0]?.bars.at(-1);
  expect(lastBarAt(100)).toMatchObject({ kind: 'wait', endMs: 100 });
  expect(lastBarAt(900)).toMatchObject({ kind: 'running', startMs: 150, endMs: 900 });
});

test('no wait was drawn where the saga halted instead of trying again', () => {
  const halted = [events[0], events[1], events[3]].filter((event) => event !== undefined);
  const { lanes } = timelineFrom(halted, { steps, status: 'halted', step: 'reserve-stock' }, 1_000);
  expect(lanes.flatMap(({ bars }) => bars.map(({ kind }) => kind))).toEqual(['doubt', 'halt']);
});

test('a saga that was held back had a bar for that, up to now while it lasts, and no call under way', () => {
  const held = [
    row({ type: 'StepSucceeded', step: 'create-order', attempt: 1, durationMs: 5 }, 5, 0),
    row({ type: 'SagaHeld', participant: 'inventory' }, 10, 1),
  ];
  const now = { steps, status: 'running', step: 'reserve-stock' } as const;
  const { lanes } = timelineFrom(held, now, 4_010);
  expect(lanes.map(({ name }) => name)).toEqual(['create-order', 'wait for inventory']);
  expect(lanes[1]?.bars).toMatchObject([
    {
      startMs: 10,
      endMs: 4_010,
      kind: 'wait',
      label: expect.stringContaining('Held back for 4.0 s: inventory'),
    },
  ]);
});
