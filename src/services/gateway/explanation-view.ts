import { z } from 'zod';
import { type Now, nextSteps, openPoints } from '../../checkout/explanation.ts';
import { storyOf } from '../../checkout/story.ts';
import type { ExplanationAnswer } from '../../contract/decisions.ts';
import { traceRefFrom } from '../../engine/observer.ts';
import type { Choice } from '../../saga/command.ts';
import type { SagaDefinition } from '../../saga/definition.ts';
import { previewCommand } from '../../saga/foretell.ts';
import { isTerminal } from '../../saga/state.ts';
import type { Pause } from '../../stores/pause.ts';
import type { AnswerOf } from './agreement.ts';
import { byHandPart, byHandSchema, foretoldSchema, viewFromForetold } from './foretold-view.ts';
import { isoFrom } from './iso-time.ts';
import type { LoadedSaga, ReadableSaga } from './load-saga.ts';
import { sagaStatuses, stepAtHand } from './saga-view.ts';

const lineSchema = z.object({
  seq: z.int(),
  at: z.iso.datetime(),
  tone: z.enum(['good', 'bad', 'doubt', 'undo', 'note']),
  text: z.string(),
  attempt: z.int().optional(),
  trace_id: z.string(),
  span_id: z.string(),
});

const choiceSchema = z.object({
  kind: z.enum(['retry', 'skip', 'cancel']),
  step: z.string().optional(),
  allowed: z.boolean(),
  why: z.string().optional().meta({ description: 'Why it would be refused.' }),
  calls: z.array(foretoldSchema).meta({ description: 'What would happen, if every call succeeds.' }),
  ends: z.enum(sagaStatuses).optional().meta({ description: 'The status that this leads to.' }),
  by_hand: byHandSchema,
});

/** What happened to an order, why, what is still open and what can be done, in sentences for operators. */
export const explanationSchema = z
  .object({
    id: z.uuid(),
    status: z.enum(sagaStatuses),
    trace_id: z.string(),
    story: z.array(lineSchema),
    open: z.array(z.string()).meta({ description: 'What is not settled yet; empty once nothing is.' }),
    next: z.array(z.string()).meta({ description: 'What happens by itself.' }),
    choices: z.array(choiceSchema).meta({ description: 'What a person can decide; empty at the end.' }),
  })
  .meta({ id: 'Explanation' });

export type ExplanationView = AnswerOf<ExplanationAnswer, z.infer<typeof explanationSchema>>;

export function explanationOf(
  definition: SagaDefinition,
  saga: LoadedSaga,
  now: Now & { readonly pauses: readonly Pause[] },
): ExplanationView {
  const { record, events, state } = saga;
  const told = storyOf(events.map(({ event }) => event));
  const story = events.map(({ seq, atMs, event, trace }, index) => ({
    seq,
    at: isoFrom(atMs),
    tone: told[index]?.tone ?? 'note',
    text: told[index]?.text ?? event.type,
    ...('attempt' in event && { attempt: event.attempt }),
    trace_id: trace.traceId,
    span_id: trace.spanId,
  }));
  const head = {
    id: record.id,
    status: record.status,
    trace_id: traceRefFrom(record.traceparent).traceId,
    story,
  };
  if (state === undefined) {
    const next = [`This process neither reads nor drives it: ${saga.unreadable}.`];
    return { ...head, open: [], next, choices: [] };
  }
  const { input } = saga;
  const isUnfinished = !isTerminal(state.status);
  return {
    ...head,
    open: [...openPoints(state, input)],
    next: [
      ...(isUnfinished ? now.pauses.map(pauseText) : []),
      ...nextSteps(definition, { state, input }, now),
    ],
    choices: isUnfinished ? choicesOf(definition, saga, now.nowMs) : [],
  };
}

/** A pause as a sentence. */
const pauseText = ({ participant, by, reason, sinceMs }: Pause): string =>
  `Calls to ${participant ?? 'all participants'} have been paused since ${isoFrom(sinceMs)}, by ${by}: ${reason}.`;

function choicesOf(
  definition: SagaDefinition,
  { input, state }: ReadableSaga,
  nowMs: number,
): ExplanationView['choices'] {
  const step = stepAtHand(state);
  const choices: readonly Choice[] = [
    { kind: 'retry' },
    ...(step === undefined ? [] : [{ kind: 'skip', step } as const]),
    { kind: 'cancel' },
  ];
  return choices.map((choice) => {
    const preview = previewCommand(definition, state, choice, nowMs);
    if (preview.kind === 'refused') return { ...choice, allowed: false, why: preview.why, calls: [] };
    const calls = preview.calls.map((call) => viewFromForetold(call, input));
    return { ...choice, allowed: true, calls, ends: preview.status, ...byHandPart(preview) };
  });
}
