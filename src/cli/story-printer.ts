import { type StoryLine, storyLine } from '../checkout/story.ts';
import type { EventAnswer } from '../contract/sagas.ts';
import type { SagaEvent } from '../saga/event.ts';
import type { Colours } from './terminal.ts';

const marks: Readonly<Record<StoryLine['tone'], string>> = {
  good: '✓',
  bad: '✗',
  doubt: '?',
  undo: '↩',
  note: '·',
};

/**
 * Turns a saga's events, given one by one from the first, into lines for a person: when, counted from acceptance, and
 * what it meant for the order.
 */
export function createStoryPrinter(colours: Colours): (event: EventAnswer) => string {
  const before: SagaEvent[] = [];
  let startedAtMs: number | undefined;
  return ({ at, data: event }) => {
    const atMs = Date.parse(at);
    startedAtMs ??= atMs;
    const line = storyLine(event, before);
    before.push(event);
    return `${colours.dim(elapsed(atMs - startedAtMs))}  ${markedText(line, colours)}`;
  };
}

/** A sentence of the story with the mark and the colour of its tone. */
export const markedText = ({ tone, text }: StoryLine, colours: Colours): string =>
  paint(colours, tone)(`${marks[tone]} ${text}`);

function paint(colours: Colours, tone: StoryLine['tone']): (text: string) => string {
  switch (tone) {
    case 'good':
      return colours.green;
    case 'bad':
      return colours.red;
    case 'doubt':
      return colours.yellow;
    case 'undo':
      return colours.magenta;
    case 'note':
      return (text) => text;
  }
}

/** Right-aligned, e.g. `   12 ms` or ` 5.01 s`. */
const elapsed = (ms: number): string =>
  (ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(2)} s`).padStart(8);
