import { z } from 'zod';
import { effectOf } from '../../checkout/effect.ts';
import { decimalFromMinor } from '../../checkout/money.ts';
import type { OrderInput } from '../../checkout/order.ts';
import type { SagaAnswer, SagaSummaryAnswer } from '../../contract/sagas.ts';
import { traceRefFrom } from '../../engine/observer.ts';
import type { SagaDefinition, StepDefinition } from '../../saga/definition.ts';
import { cancelProblem } from '../../saga/legality.ts';
import {
  compensationIndex,
  isTerminal,
  needsCompensation,
  type SagaState,
  type StepState,
} from '../../saga/state.ts';
import type { AnswerOf } from './agreement.ts';
import type { Audience } from './audience.ts';
import { type EventView, eventSchema, viewFromEvent } from './event-view.ts';
import { isoFrom } from './iso-time.ts';
import type { LoadedSaga } from './load-saga.ts';

const time = z.iso.datetime();

export const sagaStatuses = ['running', 'compensating', 'completed', 'compensated', 'halted'] as const;

export const stepSchema = z
  .object({
    name: z.string(),
    kind: z.enum(['compensatable', 'pivot', 'retriable']),
    participant: z.string(),
    status: z.enum([
      'pending',
      'running',
      'succeeded',
      'rejected',
      'in_doubt',
      'failed',
      'compensating',
      'compensated',
      'skipped',
    ]),
    attempts: z.int().meta({ description: 'Attempts of the action that have ended.' }),
    inquiries: z
      .int()
      .meta({ description: 'How often the participant was asked what became of the action.' }),
    compensation: z.string().optional(),
    compensation_attempts: z.int(),
    last_error: z.string().optional().meta({ description: 'The last error or refusal.' }),
  })
  .meta({ id: 'SagaStep' });

/** What a list of sagas shows of each. */
export const sagaSummarySchema = z
  .object({
    id: z.uuid(),
    definition: z.string(),
    version: z.int().meta({ description: 'Version of the definition.' }),
    status: z.enum(sagaStatuses),
    step: z.string().optional().meta({ description: 'The step at hand; absent when nothing is left to do.' }),
    reason: z.string().optional().meta({ description: 'Why it halted or turned back, in one line.' }),
    cause: z
      .object({ code: z.string(), message: z.string(), step: z.string().optional() })
      .optional()
      .meta({ description: 'Why it turned back.' }),
    halt: z
      .object({
        step: z.string(),
        direction: z.enum(['action', 'compensation']),
        code: z.string(),
        message: z.string(),
      })
      .optional()
      .meta({ description: 'Where and why it waits for a person.' }),
    cancellable: z.boolean(),
    customer_id: z.string().optional().meta({
      description: 'Absent, like `items`, `total` and `currency`, when the log has lost what was ordered.',
    }),
    items: z.array(z.object({ product_id: z.string(), quantity: z.int() })).optional(),
    total: z.number().optional().meta({ description: 'Of the order, in `currency`.' }),
    currency: z.string().optional(),
    trace_id: z.string(),
    epoch: z.int(),
    recoveries: z.int().meta({ description: 'Times it was taken over since it last made progress.' }),
    steps: z.array(stepSchema),
    created_at: time,
    updated_at: time,
    deadline_at: time.optional().meta({ description: 'Absent when the saga is unreadable.' }),
    unreadable: z.string().optional().meta({
      description: 'Why this process cannot read the log of the saga; it then neither drives nor changes it.',
    }),
  })
  .meta({ id: 'SagaSummary' });

/** One saga with its whole history. */
export const sagaSchema = sagaSummarySchema
  .extend({
    undo: z
      .array(z.object({ step: z.string(), compensation: z.string(), effect: z.string() }))
      .meta({ description: 'What is (or, if it were cancelled now, would be) undone, in this order.' }),
    events: z.array(eventSchema),
  })
  .meta({ id: 'Saga' });

export type SagaView = AnswerOf<SagaAnswer, z.infer<typeof sagaSchema>>;
export type SagaSummary = AnswerOf<SagaSummaryAnswer, z.infer<typeof sagaSummarySchema>>;

export function summaryFromSaga(
  definition: SagaDefinition,
  saga: LoadedSaga,
  audience: Audience,
): SagaSummary {
  if (saga.state === undefined) return unreadableSummary(saga, saga.unreadable);
  const { state } = saga;
  const { cause, halt } = state;
  const worded = <T extends { readonly message: string }>(said: T): T =>
    audience === 'operator' ? said : { ...said, message: '' };
  const reason = halt?.cause ?? cause;
  return dropUndefined({
    ...storedPart(saga),
    status: state.status,
    step: stepAtHand(state),
    reason: reason && lineFrom(reason, audience),
    cause: cause && worded(cause),
    halt: halt && { step: halt.step, direction: halt.direction, ...worded(halt.cause) },
    cancellable: cancelProblem(definition, state) === undefined,
    recoveries: state.recoveries,
    steps: definition.steps.map((step, index) => viewFromStep(step, { state, index }, audience)),
    deadline_at: isoFrom(state.deadlineAtMs),
  });
}

/** What the saga's row and its first event say. */
function storedPart({ record, input }: Pick<LoadedSaga, 'record' | 'input'>) {
  return {
    id: record.id,
    definition: record.definition,
    version: record.version,
    ...(input && orderPart(input)),
    trace_id: traceRefFrom(record.traceparent).traceId,
    epoch: record.epoch,
    created_at: isoFrom(record.createdAtMs),
    updated_at: isoFrom(record.updatedAtMs),
  };
}

const orderPart = ({ customerId, items, totalMinor, currency }: OrderInput) => ({
  customer_id: customerId,
  items: items.map(({ productId, quantity }) => ({ product_id: productId, quantity })),
  total: decimalFromMinor(totalMinor, currency),
  currency,
});

const unreadableSummary = (saga: LoadedSaga, unreadable: string): SagaSummary => ({
  ...storedPart(saga),
  status: saga.record.status,
  unreadable,
  cancellable: false,
  recoveries: 0,
  steps: [],
});

export function viewFromSaga(definition: SagaDefinition, saga: LoadedSaga, audience: Audience): SagaView {
  const summary = summaryFromSaga(definition, saga, audience);
  const events: EventView[] = saga.events.map((logged) => viewFromEvent(logged, audience));
  if (saga.state === undefined) return { ...summary, undo: [], events };
  const { input } = saga;
  const undo = definition.steps.toReversed().flatMap((step) => {
    const stepState = saga.state.steps.find(({ name }) => name === step.name);
    if (stepState === undefined || step.compensation === undefined || !needsCompensation(stepState))
      return [];
    const compensation = step.compensation.name;
    return [{ step: step.name, compensation, effect: effectOf(compensation, input) }];
  });
  const goesBack = saga.state.status === 'compensating' || saga.state.halt?.from === 'compensating';
  return { ...summary, undo: goesBack || summary.cancellable ? undo : [], events };
}

/** A step of a saga by its place in the definition. */
type StepPlace = { readonly state: SagaState; readonly index: number };

function viewFromStep(
  definition: StepDefinition,
  { state, index }: StepPlace,
  audience: Audience,
): SagaView['steps'][number] {
  const step = state.steps[index];
  const last = step?.lastError;
  return dropUndefined({
    name: definition.name,
    kind: definition.kind,
    participant: definition.participant,
    status: step ? stepStatus(step, state, index) : 'pending',
    attempts: step?.attempts ?? 0,
    inquiries: step?.inquiries ?? 0,
    compensation: definition.compensation?.name,
    compensation_attempts: step?.compensationAttempts ?? 0,
    last_error: last && lineFrom(last, audience),
  });
}

const lineFrom = (
  { code, message }: { readonly code: string; readonly message: string },
  audience: Audience,
): string => (audience === 'operator' ? `${code}: ${message}` : code);

function stepStatus(step: StepState, state: SagaState, index: number): SagaView['steps'][number]['status'] {
  const undoing = state.status === 'compensating' && compensationIndex(state) === index;
  if (undoing) return 'compensating';
  const mayHaveHappened = step.inDoubt && (step.status === 'running' || step.status === 'failed');
  return mayHaveHappened ? 'in_doubt' : step.status;
}

/** The step that is being done or undone, or that a person must decide about; undefined when nothing is left to do. */
export function stepAtHand(state: SagaState): string | undefined {
  if (state.halt) return state.halt.step;
  if (isTerminal(state.status)) return undefined;
  return state.steps[state.status === 'running' ? state.cursor : compensationIndex(state)]?.name;
}

/** Leaves out members that are undefined: in every answer, optional members are absent rather than null. */
export const dropUndefined = <T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
