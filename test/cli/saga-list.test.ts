import pc from 'picocolors';
import { expect, test } from 'vitest';
import { sagaListText } from '../../src/cli/saga-text.ts';
import type { SagaSummaryAnswer } from '../../src/contract/sagas.ts';

const saga = (
  status: SagaSummaryAnswer['status'],
  steps: readonly SagaSummaryAnswer['steps'][number]['status'][],
  halt?: 'action' | 'compensation',
): SagaSummaryAnswer => ({
  id: 'x',
  definition: 'order',
  version: 1,
  status,
  cancellable: false,
  trace_id: '',
  epoch: 1,
  recoveries: 0,
  created_at: '2026-11-25T10:00:00.000Z',
  updated_at: '2026-11-25T10:00:00.000Z',
  ...(halt && { halt: { step: 's', direction: halt, code: 'faulted', message: '' } }),
  steps: steps.map((step, index) => ({
    name: `step-${index}`,
    kind: 'compensatable',
    participant: 'order',
    status: step,
    attempts: 1,
    inquiries: 0,
    compensation_attempts: 0,
  })),
});

test('the steps that stand are as many while one is being undone as when its undo halted', async () => {
  const text = await sagaListText(
    [
      saga('running', ['succeeded', 'in_doubt', 'pending']),
      saga('compensating', ['succeeded', 'compensating', 'rejected']),
      saga('halted', ['succeeded', 'succeeded', 'rejected'], 'compensation'),
      saga('compensating', ['succeeded', 'compensating', 'pending']),
      saga('halted', ['succeeded', 'in_doubt', 'pending'], 'compensation'),
      saga('compensated', ['compensated', 'compensated', 'rejected']),
    ],
    pc.createColors(false),
  );
  expect(text.match(/\d of 3/g)).toEqual(['1 of 3', '2 of 3', '2 of 3', '2 of 3', '2 of 3', '0 of 3']);
});
