import { z } from 'zod';
import type { EventAnswer } from '../../contract/sagas.ts';
import type { SagaEvent } from '../../saga/event.ts';
import type { LoggedEvent } from '../../stores/saga-log.ts';
import type { AnswerOf } from './agreement.ts';
import type { Audience } from './audience.ts';
import { isoFrom } from './iso-time.ts';

/** One event of a saga as it was logged. */
export const eventSchema = z
  .object({
    seq: z.int().meta({ description: '1-based, without gaps.' }),
    // All that the document promises of an event is a type: each version may add more.
    type: z.string().meta({ example: 'StepSucceeded' }) as z.ZodType<SagaEvent['type']>,
    at: z.iso.datetime(),
    step: z.string().optional(),
    attempt: z.int().optional(),
    data: z
      .looseObject({ type: z.string() })
      .meta({ description: 'The whole event.' }) as z.ZodType<unknown> as z.ZodType<SagaEvent>,
    epoch: z.int(),
    trace_id: z.string(),
    span_id: z.string(),
    hash: z.string().meta({ description: 'SHA-256 over this event and `prev_hash`.' }),
    prev_hash: z.string(),
  })
  .meta({ id: 'SagaEvent' });

export type EventView = AnswerOf<EventAnswer, z.infer<typeof eventSchema>>;

export function viewFromEvent({ event, ...row }: LoggedEvent, audience: Audience): EventView {
  return {
    seq: row.seq,
    type: event.type,
    at: isoFrom(row.atMs),
    ...('step' in event && { step: event.step }),
    ...('attempt' in event && { attempt: event.attempt }),
    data: audience === 'operator' ? event : withoutInternals(event),
    epoch: row.epoch,
    trace_id: row.trace.traceId,
    span_id: row.trace.spanId,
    hash: row.hash,
    prev_hash: row.prevHash,
  };
}

// Free text for operators, and names of people and machines. They are blanked, so that the shape stays the same.
const internals: ReadonlySet<string> = new Set(['message', 'reason', 'by', 'owner']);

function withoutInternals<T extends object>(data: T): T {
  const entries = Object.entries(data).filter(([name]) => name !== 'answer');
  const kept = Object.fromEntries(
    entries.map(([name, value]: [string, unknown]) => {
      if (internals.has(name)) return [name, ''];
      return [name, isObject(value) && name !== 'input' ? withoutInternals(value) : value];
    }),
  );
  return kept as T;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
