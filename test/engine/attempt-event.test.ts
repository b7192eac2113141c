import { expect, test } from 'vitest';
import { eventFromFinding, eventFromOutcome } from '../../src/engine/attempt-event.ts';
import type { SagaDefinition } from '../../src/saga/definition.ts';

const retry = (initialBackoffMs: number) => ({ maxAttempts: 5, initialBackoffMs, maxBackoffMs: 10_000 });

const definition: SagaDefinition = {
  name: 'saga',
  version: 1,
  deadlineMs: 1,
  maxRecoveries: 1,
  steps: [
    {
      name: 'act',
      kind: 'compensatable',
      participant: 'someone',
      timeoutMs: 1,
      retry: retry(100),
      compensation: { name: 'undo', timeoutMs: 1, retry: retry(200) },
      inquiry: { name: 'ask', timeoutMs: 1, retry: retry(400) },
    },
  ],
};

// The seventh attempt of the saga's life, and the third of the budget at hand.
const operation = { step: 'act', participant: 'someone', name: '', attempt: 7, timeoutMs: 1 };
const timing = { endedAtMs: 1_000, durationMs: 5, spent: 2, random: 0.5 };
const failure = { code: 'UNAVAILABLE', message: 'connection lost' };

test.each([
  ['action', 1_200],
  ['compensation', 1_400],
] as const)(
  'the wait after a failed %s grew with what its own budget had used up',
  (direction, retryAtMs) => {
    for (const kind of ['retryable', 'inDoubt', 'faulted'] as const)
      expect(
        eventFromOutcome(definition, { ...operation, direction }, { kind, failure }, timing),
      ).toMatchObject({ type: 'AttemptFailed', direction, attempt: 7, outcome: kind, retryAtMs });
  },
);

test('so did the wait after an inquiry that was not answered; after an answer there is none', () => {
  const inquiry = { ...operation, direction: 'inquiry' } as const;
  const waitAfter = (finding: Parameters<typeof eventFromFinding>[2]) =>
    eventFromFinding(definition, inquiry, finding, timing);
  expect(waitAfter({ kind: 'unanswered', failure })).toMatchObject({ retryAtMs: 1_800 });
  expect(waitAfter({ kind: 'absent' })).toMatchObject({ retryAtMs: 0 });
});
