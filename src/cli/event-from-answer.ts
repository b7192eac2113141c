import type { SagaEvent } from '../saga/event.ts';
import type { EventAnswer } from './gateway-answers.ts';

// What callers who are not operators do not get to see. An empty message is told by its code.
const hidden = { by: 'somebody', reason: 'no reason shown', owner: '' };
const wordy = ['refusal', 'failure', 'cause', 'finding'];

/** The event that a row of the saga log tells of. The gateway's answer is taken at its word. */
export function eventFromAnswer({ type, step, attempt, data }: EventAnswer): SagaEvent {
  const said = Object.entries(data).map(([name, value]) => [
    name,
    wordy.includes(name) ? worded(value) : value,
  ]);
  const event: unknown = { ...hidden, type, step, attempt, ...Object.fromEntries(said) };
  return event as SagaEvent;
}

function worded(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.entries(value).map(([name, member]) => [
    name,
    wordy.includes(name) ? worded(member) : member,
  ]);
  return { message: '', ...Object.fromEntries(inner) };
}
