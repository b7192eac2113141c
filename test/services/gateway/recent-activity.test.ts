import { expect, test } from 'vitest';
import type { SagaEvent } from '../../../src/saga/event.ts';
import { createActivityLedger, slotMs } from '../../../src/services/gateway/recent-activity.ts';

const started: SagaEvent = {
  type: 'SagaStarted',
  definition: 'order',
  version: 1,
  input: {},
  deadlineAtMs: 0,
};
const failure = { code: 'UNAVAILABLE', message: '' };
const query = { points: 3, pointMs: slotMs };

function ledgerAt(startMs: number) {
  let nowMs = startMs;
  const ledger = createActivityLedger(
    () => nowMs,
    (step) => (step === 'charge-payment' ? 'payment' : undefined),
  );
  const note = (event: SagaEvent, tookMs = 0): void =>
    ledger.note(event, { acceptedAtMs: nowMs - tookMs, atMs: nowMs });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { ledger, note, pass };
}

test('orders were counted in the slot that they ended in', () => {
  const { ledger, note, pass } = ledgerAt(0);
  note(started);
  note({ type: 'SagaCompleted' }, 100);
  pass(slotMs);
  note({ type: 'SagaCompensated' });
  const { counts, points } = ledger.recent(query);
  expect(counts).toEqual({ accepted: 1, confirmed: 1, cancelled: 1, turnedBack: 0, halted: 0 });
  expect(points.map(({ confirmed, cancelled }) => [confirmed, cancelled])).toEqual([
    [0, 0],
    [1, 0],
    [0, 1],
  ]);
});

test('quantiles were right to an eighth', () => {
  const { ledger, note } = ledgerAt(0);
  for (let tookMs = 1; tookMs <= 1_000; tookMs += 1) note({ type: 'SagaCompleted' }, tookMs);
  const { p50Ms = 0, p99Ms = 0 } = ledger.recent(query).toConfirm;
  expect(p50Ms / 500).toBeCloseTo(1, 0);
  expect(Math.abs(p50Ms / 500 - 1)).toBeLessThan(0.125);
  expect(Math.abs(p99Ms / 990 - 1)).toBeLessThan(0.125);
});

test('a refusal was an answer, and silence was not', () => {
  const { ledger, note } = ledgerAt(0);
  const of = { step: 'charge-payment', attempt: 1, durationMs: 10 } as const;
  note({ type: 'StepRejected', ...of, refusal: { code: 'payment_declined', message: '' } });
  note({ type: 'AttemptFailed', ...of, direction: 'action', outcome: 'inDoubt', failure, retryAtMs: 0 });
  expect(ledger.recent(query).participants.get('payment')).toMatchObject({ calls: 2, failed: 1 });
});

test('what was longer ago than the window was forgotten', () => {
  const { ledger, note, pass } = ledgerAt(0);
  note({ type: 'SagaCompleted' });
  pass(2 * 3_600_000);
  note(started);
  expect(ledger.recent({ points: 60, pointMs: 60_000 }).counts).toMatchObject({ accepted: 1, confirmed: 0 });
});
