import type { EventAnswer } from '../contract/sagas.ts';
import type { SagaEvent } from '../saga/event.ts';
import type { SagaStatus } from '../saga/state.ts';
import { durationText, plural } from './words.ts';

/** An interval in a lane. */
export type Bar = {
  readonly startMs: number;
  readonly endMs: number;
  readonly kind: 'good' | 'bad' | 'doubt' | 'undo' | 'wait' | 'halt' | 'running' | 'person';
  /** For tooltips and screen readers. */
  readonly label: string;
};

/** One operation and everything that was tried for it. */
export type Lane = {
  readonly name: string;
  readonly direction: 'action' | 'compensation' | 'inquiry' | 'person';
  bars: Bar[];
};

export type Timeline = { readonly lanes: readonly Lane[]; readonly startMs: number; readonly endMs: number };

export type StepNames = readonly { readonly name: string; readonly compensation?: string }[];

/** What is known of a saga besides its events. */
export type SagaNow = {
  readonly steps: StepNames;
  readonly status: SagaStatus;
  /** The step at hand. */
  readonly step?: string;
};

/**
 * Lays out the history of a saga: a lane for each operation in the order they came up, a bar for each attempt, each
 * wait and each time that it stood still for a person.
 */
export function timelineFrom(
  events: readonly EventAnswer[],
  { steps, status, step }: SagaNow,
  nowMs: number,
): Timeline {
  const lanes = new Map<string, Lane>();
  const laneOf = (name: string, direction: Lane['direction']): Lane => {
    const known = lanes.get(`${direction} ${name}`);
    if (known !== undefined) return known;
    const made: Lane = { name, direction, bars: [] };
    lanes.set(`${direction} ${name}`, made);
    return made;
  };
  const undoName = (step: string): string =>
    steps.find(({ name }) => name === step)?.compensation ?? `undo ${step}`;
  const laneFor = (step: string, direction: 'action' | 'compensation'): Lane =>
    direction === 'action' ? laneOf(step, 'action') : laneOf(undoName(step), 'compensation');

  for (const [index, { at, data }] of events.entries()) {
    const atMs = Date.parse(at);
    const next = events[index + 1];
    const nextMs = next === undefined ? nowMs : Date.parse(next.at);
    const attempt = attemptBar(data, atMs);
    if (attempt !== undefined) {
      const lane =
        data.type === 'StepInquired'
          ? laneOf(`ask about ${data.step}`, 'inquiry')
          : laneFor(attempt.step, attempt.direction);
      lane.bars.push(attempt.bar);
      // A saga that halted at once did not wait, whatever was planned.
      const wait = next?.data.type === 'SagaHalted' ? undefined : waitBar(data, atMs, nextMs);
      if (wait !== undefined) lane.bars.push(wait);
    } else if (data.type === 'SagaHalted') {
      const label = `Stood still for ${durationText(nextMs - atMs)}: ${data.cause.message || data.cause.code}`;
      laneFor(data.step, data.direction).bars.push({ startMs: atMs, endMs: nextMs, kind: 'halt', label });
    } else if (data.type === 'SagaHeld') {
      laneOf(`wait for ${data.participant}`, 'action').bars.push(heldBar(data, atMs, nextMs));
    } else {
      const label = personLabel(data);
      if (label !== undefined)
        laneOf('people', 'person').bars.push({ startMs: atMs, endMs: atMs, kind: 'person', label });
    }
  }
  const open = openBar(events.at(-1), nowMs);
  if (open !== undefined && step !== undefined && (status === 'running' || status === 'compensating'))
    laneFor(step, status === 'running' ? 'action' : 'compensation').bars.push(open);
  return { lanes: [...lanes.values()], ...boundsOf(events, lanes.values(), nowMs) };
}

/** What follows the last event and has not ended: a call, or whatever holds it back. */
function openBar(last: EventAnswer | undefined, nowMs: number): Bar | undefined {
  if (last === undefined) return undefined;
  const { data } = last;
  // Its own bar goes up to now.
  if (data.type === 'SagaHeld') return undefined;
  const startMs = 'retryAtMs' in data ? (data.retryAtMs ?? nowMs) : Date.parse(last.at);
  if (startMs >= nowMs) return undefined;
  const label = `Not ended yet, ${durationText(nowMs - startMs)} so far`;
  return { startMs, endMs: nowMs, kind: 'running', label };
}

function attemptBar(
  event: SagaEvent,
  atMs: number,
): { readonly step: string; readonly direction: 'action' | 'compensation'; readonly bar: Bar } | undefined {
  if (!('durationMs' in event)) return undefined;
  const { step, attempt, durationMs } = event;
  const [kind, what] = outcomeOf(event);
  const label = `${what} at attempt ${attempt} after ${durationText(durationMs)}`;
  const bar: Bar = { startMs: atMs - durationMs, endMs: atMs, kind, label };
  const isUndo =
    event.type === 'StepCompensated' ||
    event.type === 'CompensationRejected' ||
    (event.type === 'AttemptFailed' && event.direction === 'compensation');
  return { step, direction: isUndo ? 'compensation' : 'action', bar };
}

function outcomeOf(
  event: Extract<SagaEvent, { readonly durationMs: number }>,
): readonly [Bar['kind'], string] {
  switch (event.type) {
    case 'StepSucceeded':
      return ['good', 'Done'];
    case 'StepCompensated':
      return ['undo', 'Undone'];
    case 'StepRejected':
    case 'CompensationRejected':
      return ['bad', `Refused (${event.refusal.code})`];
    case 'AttemptFailed':
      return event.outcome === 'inDoubt'
        ? ['doubt', `In doubt (${event.failure.code})`]
        : ['bad', `Failed (${event.failure.code})`];
    case 'StepInquired':
      return [
        event.finding.kind === 'tookEffect' ? 'good' : event.finding.kind === 'refused' ? 'bad' : 'doubt',
        `Asked: ${{ tookEffect: 'it happened', refused: 'it was refused', absent: 'it has not arrived', unanswered: 'no answer' }[event.finding.kind]}`,
      ];
    default:
      // Of another version, or damaged.
      return ['doubt', 'Ended, nobody knows here how,'];
  }
}

/** The pause before the next try, cut short when something else came first. */
function waitBar(event: SagaEvent, atMs: number, nextMs: number): Bar | undefined {
  if (!('retryAtMs' in event)) return undefined;
  const nextStartMs = Math.min(event.retryAtMs, nextMs);
  if (nextStartMs <= atMs) return undefined;
  return {
    startMs: atMs,
    endMs: nextStartMs,
    kind: 'wait',
    label: `Waited ${durationText(nextStartMs - atMs)}`,
  };
}

const heldBar = (
  { participant }: Extract<SagaEvent, { type: 'SagaHeld' }>,
  startMs: number,
  endMs: number,
): Bar => ({
  startMs,
  endMs,
  kind: 'wait',
  label: `Held back for ${durationText(endMs - startMs)}: ${participant} could not be reached, or calls to it were paused`,
});

function personLabel(event: SagaEvent): string | undefined {
  switch (event.type) {
    case 'CancelRequested':
      return `${event.by} asked to cancel: ${event.reason}`;
    case 'RetryRequested':
      return `${event.by} asked to try again: ${event.reason}`;
    case 'StepSkipped':
      return `${event.by} said that ${event.step} was handled by hand: ${event.reason}`;
    default:
      return undefined;
  }
}

function boundsOf(
  events: readonly EventAnswer[],
  lanes: Iterable<Lane>,
  nowMs: number,
): { readonly startMs: number; readonly endMs: number } {
  const bars = [...lanes].flatMap((lane) => lane.bars);
  const first = events[0];
  const last = events.at(-1);
  const startMs = Math.min(
    first === undefined ? nowMs : Date.parse(first.at),
    ...bars.map((bar) => bar.startMs),
  );
  const lastMs = last === undefined ? nowMs : Date.parse(last.at);
  return { startMs, endMs: Math.max(lastMs, startMs + 1, ...bars.map((bar) => bar.endMs)) };
}

/** The text of a bar: when it began, counted from the start of the saga, what it was, and how it ended. */
export const barText = ({ label, startMs }: Bar, originMs: number): string =>
  `+${durationText(Math.max(0, startMs - originMs))}: ${label}`;

/** How often an operation was tried and how long that took in all; empty when nothing was called. */
export function laneSummary({ bars, direction }: Lane): string {
  if (direction === 'person') return '';
  const attempts = bars.filter(({ kind }) => kind !== 'wait' && kind !== 'halt');
  const tookMs = attempts.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  if (attempts.length === 0) return '';
  return attempts.length === 1
    ? durationText(tookMs)
    : `${plural(attempts.length, 'attempt')}, ${durationText(tookMs)}`;
}

/** Maps times to positions from 0 to 1, and back. `cuts` are idle intervals that were shortened. */
export type Scale = {
  at(ms: number): number;
  timeAt(share: number): number;
  readonly cuts: readonly { readonly startMs: number; readonly endMs: number }[];
};

/** An idle interval is drawn at most this long, as a share of the time that calls took. */
const idleShare = 0.75;

/**
 * An axis on which calls of milliseconds and a halt of days can both be seen: time in which a call was under way is
 * drawn to scale, and long stretches without one are cut.
 */
export function scaleOf({ lanes, startMs, endMs }: Timeline): Scale {
  const bars = lanes.flatMap((lane) => lane.bars);
  const busy = bars.filter(({ kind }) => kind !== 'wait' && kind !== 'halt' && kind !== 'person');
  const edges = [...new Set([startMs, endMs, ...bars.flatMap((bar) => [bar.startMs, bar.endMs])])].toSorted(
    (a, b) => a - b,
  );
  const pieces = edges.slice(1).map((end, index) => {
    const start = edges[index] ?? startMs;
    const isBusy = busy.some((bar) => bar.startMs < end && bar.endMs > start);
    return { start, end, isBusy };
  });
  const busyMs = pieces.reduce((sum, { start, end, isBusy }) => sum + (isBusy ? end - start : 0), 0);
  const longestIdleMs = Math.max(1, busyMs * idleShare);
  let total = 0;
  const drawn = pieces.map(({ start, end, isBusy }) => {
    const length = isBusy ? end - start : Math.min(end - start, longestIdleMs);
    const from = total;
    total += length;
    return { start, end, from, length, isCut: length < end - start };
  });
  const shareOf = (drawnMs: number): number => (total === 0 ? 0 : drawnMs / total);
  return {
    cuts: drawn.flatMap(({ start, end, isCut }) => (isCut ? [{ startMs: start, endMs: end }] : [])),
    at(ms) {
      const piece = drawn.find(({ start, end }) => ms >= start && ms <= end);
      if (piece === undefined) return ms < startMs ? 0 : 1;
      const part = piece.end === piece.start ? 0 : (ms - piece.start) / (piece.end - piece.start);
      return shareOf(piece.from + part * piece.length);
    },
    timeAt(share) {
      const wanted = share * total;
      const piece = drawn.find(({ from, length }) => wanted <= from + length) ?? drawn.at(-1);
      if (piece === undefined) return startMs;
      const part = piece.length === 0 ? 0 : (wanted - piece.from) / piece.length;
      return piece.start + part * (piece.end - piece.start);
    },
  };
}
