import type { SagaEvent } from '../saga/event.ts';

/** What is stored of one saga is not what was written: rows were changed or lost. It says nothing about other sagas. */
export class DamagedSaga extends Error {
  override readonly name = 'DamagedSaga';
  /** What is wrong, for an operator, without the saga's id. */
  readonly flaw: string;
  constructor(sagaId: string, flaw: string, cause?: unknown) {
    super(`saga ${sagaId}: ${flaw}`, { cause });
    this.flaw = flaw;
  }
}

/**
 * Reads an event of a log, and checks the members that its readers rely on. An event of an unknown type is returned as it
 * is, because another version may have written it.
 *
 * @param row.data JSON
 * @throws DamagedSaga
 */
export function storedEvent(
  sagaId: string,
  { seq, data }: { readonly seq: number; readonly data: string },
): SagaEvent {
  const event = parsed(sagaId, seq, data);
  if (!isObject(event) || !text(event.type)) throw new DamagedSaga(sagaId, `event ${seq} is no event`);
  const flawed = flawedMember(event);
  if (flawed === undefined) return event as SagaEvent;
  throw new DamagedSaga(sagaId, `event ${seq} is a ${event.type} whose ${flawed} cannot be read`);
}

/** Whether this version knows the type of an event. */
export const isKnownEvent = ({ type }: SagaEvent): boolean => shapes.has(type);

function parsed(sagaId: string, seq: number, data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (error) {
    throw new DamagedSaga(sagaId, `event ${seq} is no JSON`, error);
  }
}

function flawedMember(event: { readonly [member: string]: unknown }): string | undefined {
  const checks = shapes.get(String(event.type)) ?? [];
  return checks.find(([member, isGood]) => !isGood(event[member]))?.[0];
}

type Check = (value: unknown) => boolean;
type Shape<Event> = { readonly [Member in Exclude<keyof Event, 'type'>]-?: Check };
type Shapes = { readonly [Type in SagaEvent['type']]: Shape<Extract<SagaEvent, { readonly type: Type }>> };

const isObject = (value: unknown): value is { readonly [member: string]: unknown } =>
  typeof value === 'object' && value !== null;
const anything: Check = () => true;
const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => Number.isFinite(value);
/** Milliseconds since the Unix epoch that a Date can hold. */
const time: Check = (value) => number(value) && Math.abs(Number(value)) <= 8.64e15;
const said: Check = (value) => isObject(value) && text(value.code) && text(value.message);
const cause: Check = (value) =>
  isObject(value) && said(value) && (value.step === undefined || text(value.step));
const oneOf =
  (...words: readonly unknown[]): Check =>
  (value) =>
    words.includes(value);
const direction = oneOf('action', 'compensation');
const outcome = oneOf('retryable', 'inDoubt', 'faulted');

function finding(value: unknown): boolean {
  if (!isObject(value)) return false;
  switch (value.kind) {
    case 'tookEffect':
    case 'absent':
      return true;
    case 'refused':
      return said(value.refusal);
    case 'unanswered':
      return said(value.failure);
    default:
      return false;
  }
}

const attempt = { step: text, attempt: number, durationMs: number };
const byOperator = { by: text, reason: text };

const memberShapes: Shapes = {
  // The shape of the input is up to those who defined the saga.
  SagaStarted: { definition: text, version: number, input: anything, deadlineAtMs: time },
  StepSucceeded: { ...attempt, answer: anything },
  StepRejected: { ...attempt, refusal: said },
  AttemptFailed: { ...attempt, direction, outcome, failure: said, retryAtMs: time },
  StepInquired: { ...attempt, finding, retryAtMs: time },
  CompensationStarted: { cause },
  StepCompensated: attempt,
  CompensationRejected: { ...attempt, refusal: said },
  SagaCompleted: {},
  SagaCompensated: {},
  SagaHalted: { step: text, direction, cause: said },
  SagaRecovered: { owner: text, after: oneOf('crash', 'handover') },
  SagaHeld: { participant: text },
  HoldEnded: { participant: text },
  CancelRequested: byOperator,
  RetryRequested: byOperator,
  StepSkipped: { ...byOperator, step: text },
};

// A map, not an object: the type comes from the log, and an object also answers to `constructor`.
const shapes: ReadonlyMap<string, readonly (readonly [string, Check])[]> = new Map(
  Object.entries(memberShapes).map(([type, shape]) => [type, Object.entries(shape)]),
);
