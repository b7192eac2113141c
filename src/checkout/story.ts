import type { Cause, Direction, SagaEvent } from '../saga/event.ts';
import type { Failure } from '../saga/outcome.ts';
import { endingByHand, operationsByHand } from './by-hand.ts';
import { capitalised } from './capitalised.ts';
import { orderInputFrom } from './order.ts';
import { type OrderWords, orderWords, wordsOf } from './order-steps.ts';

/**
 * One sentence of an order's story.
 *
 * `good`: something took effect. `bad`: a refusal, a failure, a halt. `doubt`: nobody knows yet whether it happened.
 * `undo`: going back. `note`: a person or the engine itself said something.
 */
export type StoryLine = {
  readonly tone: 'good' | 'bad' | 'doubt' | 'undo' | 'note';
  /** Plain words, without a full stop. Includes texts for operators where the event has them; empty ones are left out. */
  readonly text: string;
};

/** Causes of the engine's own. Any other is a refusal, which the event before has told already. */
const engineCauses: ReadonlySet<string> = new Set([
  'cancel_requested',
  'deadline_exceeded',
  'unavailable',
  'faulted',
]);

/**
 * Says what an event means for the order, in one sentence.
 *
 * @param before the saga's earlier events, oldest first; the order's items and amounts are read from the first one
 */
export function storyLine(event: SagaEvent, before: readonly SagaEvent[]): StoryLine {
  const order = wordsFrom([...before, event]);
  switch (event.type) {
    case 'SagaStarted':
      return line('note', `Accepted an order of ${order.items} for ${order.total} from ${order.customer}`);
    case 'StepSucceeded': {
      const again = event.attempt > 1 ? `, at attempt ${event.attempt}` : '';
      return line('good', wordsOf(event.step).did(order) + again);
    }
    case 'StepRejected':
      return line('bad', `${wordsOf(event.step).refused}: ${said(event.refusal)}`);
    case 'AttemptFailed':
      return attemptFailed(event);
    case 'StepInquired':
      return inquired(event);
    case 'CompensationStarted':
      return line('undo', turnedBack(event.cause));
    case 'StepCompensated':
      return line('undo', undone(event.step, before, order));
    case 'CompensationRejected':
      return line('bad', `${capitalised(wordsOf(event.step).undo.what)} was refused: ${said(event.refusal)}`);
    case 'SagaCompleted':
    case 'SagaCompensated':
      return ended(event.type, before);
    case 'SagaHalted':
      return line(
        'bad',
        `Halted at ${operationWords(event.step, event.direction)}, a person must decide: ${said(event.cause)}`,
      );
    case 'SagaRecovered':
      return event.after === 'crash'
        ? line('doubt', 'Taken over after a crash; the step at hand may have happened')
        : line('note', 'Taken over with no call under way');
    case 'SagaHeld':
      return line('note', `Waits: ${event.participant} cannot be reached, or calls to it are paused`);
    case 'HoldEnded':
      return line('note', `Goes on: ${event.participant} may be called again`);
    case 'CancelRequested':
      return line('note', asked(event, 'asked to cancel'));
    case 'RetryRequested':
      return line('note', asked(event, 'asked to try again'));
    case 'StepSkipped':
      return line('note', asked(event, `said that ${saidOf(event, before)} was handled by hand`));
    default:
      return strange(event);
  }
}

/** Claims nothing about steps handled by hand: the log does not show whether they happened. */
function ended(type: 'SagaCompleted' | 'SagaCompensated', before: readonly SagaEvent[]): StoryLine {
  const isCompleted = type === 'SagaCompleted';
  const byHand = operationsByHand(before);
  const steps = before.flatMap((event) => (event.type === 'StepSkipped' ? [event.step] : []));
  if (endingByHand(isCompleted ? 'completed' : 'compensated', steps) !== undefined)
    return line('note', `Done: nothing is left to do${byHandText(byHand)}`);
  if (isCompleted) return line('good', `Done: the order is confirmed${byHandText(byHand)}`);
  const undone = byHand.length === 0 ? 'everything' : 'everything else';
  return line('undo', `Done: ${undone} is undone and the order is cancelled${byHandText(byHand)}`);
}

const byHandText = (operations: readonly string[]): string =>
  operations.length === 0
    ? ''
    : `, ${operations.join(' and ')} ${operations.length === 1 ? 'was' : 'were'} handled by hand`;

/** The operation that a skip is about. */
const saidOf = (event: Extract<SagaEvent, { type: 'StepSkipped' }>, before: readonly SagaEvent[]): string =>
  operationsByHand([...before, event]).at(-1) ?? event.step;

/** Such an event is only in a log that another version wrote, or that was damaged. */
const strange = (event: never): StoryLine =>
  line('note', `Something that nobody knows here: ${(event as { readonly type: string }).type}`);

/** What reading a saga's events from the start tells, sentence by sentence. */
export const storyOf = (events: readonly SagaEvent[]): readonly StoryLine[] =>
  events.map((event, index) => storyLine(event, events.slice(0, index)));

function attemptFailed({
  step,
  direction,
  outcome,
  failure,
  attempt,
}: Extract<SagaEvent, { type: 'AttemptFailed' }>): StoryLine {
  const doing = capitalised(operationWords(step, direction));
  const why = withCode(failure);
  switch (outcome) {
    case 'inDoubt':
      return line(
        'doubt',
        `${doing} got no answer at attempt ${attempt} and may have happened (${why}); the same key again will tell`,
      );
    case 'retryable':
      return line('doubt', `${doing} did not get through at attempt ${attempt} (${why})`);
    case 'faulted':
      return line('bad', `${doing} is faulty and repeating it cannot help (${why})`);
  }
}

function inquired({ step, finding }: Extract<SagaEvent, { type: 'StepInquired' }>): StoryLine {
  const asked = `Asked what became of ${wordsOf(step).what}`;
  switch (finding.kind) {
    case 'tookEffect':
      return line('good', `${asked}: it happened`);
    case 'refused':
      return line('bad', `${asked}: it was refused (${said(finding.refusal)})`);
    case 'absent':
      return line('doubt', `${asked}: it has not arrived so far`);
    case 'unanswered':
      return line('doubt', `${asked} and got no answer (${withCode(finding.failure)})`);
  }
}

function turnedBack(cause: Cause): string {
  const going = 'Going back, last step first';
  return engineCauses.has(cause.code) ? `${going}: ${said(cause)}` : going;
}

/** The undo of a step that was never seen to succeed must not sound as if it had. */
function undone(step: string, before: readonly SagaEvent[], order: OrderWords): string {
  const { undo } = wordsOf(step);
  const succeeded = before.some((event) => event.type === 'StepSucceeded' && event.step === step);
  const found = before.some(
    (event) => event.type === 'StepInquired' && event.step === step && event.finding.kind === 'tookEffect',
  );
  return succeeded || found ? undo.did(order) : `${undo.did(order)}, ${undo.unless}`;
}

function wordsFrom(events: readonly SagaEvent[]): OrderWords {
  const started = events.find((event) => event.type === 'SagaStarted');
  const order = orderInputFrom(started?.input);
  // Who may not see the input, or finds it damaged, still gets the story, without names and amounts.
  return order ? orderWords(order) : { items: 'the items', total: 'the total', customer: 'the customer' };
}

const said = ({ code, message }: { readonly code: string; readonly message: string }): string =>
  message || code;
const withCode = ({ code, message }: Failure): string => (message ? `${code}: ${message}` : code);

const asked = ({ by, reason }: { readonly by: string; readonly reason: string }, what: string): string =>
  [`${by || 'Somebody'} ${what}`, ...(reason ? [reason] : [])].join(': ');

const operationWords = (step: string, direction: Direction): string =>
  direction === 'action' ? wordsOf(step).what : wordsOf(step).undo.what;

const line = (tone: StoryLine['tone'], text: string): StoryLine => ({ tone, text });
