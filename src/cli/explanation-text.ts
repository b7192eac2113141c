import { leftAsItIs } from '../checkout/by-hand.ts';
import type { ExplanationAnswer } from '../contract/decisions.ts';
import { sagaStatusText } from './saga-text.ts';
import { markedText } from './story-printer.ts';
import type { Colours } from './terminal.ts';

type Choice = ExplanationAnswer['choices'][number];

/** What happened to an order and why, what is open and what can be done, for a person. */
export function explanationText(explanation: ExplanationAnswer, colours: Colours): string {
  const { id, status, trace_id, story, open, next, choices } = explanation;
  return [
    `${colours.bold(`Saga ${id}`)}  ${sagaStatusText(status, colours)}  trace ${trace_id}`,
    ...section(
      'What happened',
      story.map((line) => storyText(line, trace_id, colours)),
      colours,
    ),
    ...section('What is open', open, colours),
    ...section('What happens next', next, colours),
    ...section(
      'What you can do',
      choices.map((choice) => choiceText(id, choice)),
      colours,
    ),
  ].join('\n');
}

function section(title: string, lines: readonly string[], colours: Colours): readonly string[] {
  return lines.length === 0 ? [] : ['', colours.bold(title), ...lines.map((line) => `  ${line}`)];
}

function storyText(
  { at, tone, text, trace_id }: ExplanationAnswer['story'][number],
  traceId: string,
  colours: Colours,
): string {
  const elsewhere = trace_id === traceId ? '' : colours.dim(`  trace ${trace_id}`);
  return `${colours.dim(at)}  ${markedText({ tone, text }, colours)}${elsewhere}`;
}

const ends: Readonly<Record<string, string>> = {
  completed: 'the order is confirmed',
  compensated: 'the order is cancelled',
};

function choiceText(id: string, { kind, step, allowed, why, calls, ends: end, by_hand }: Choice): string {
  if (!allowed) return `${kind}: not possible, ${why ?? ''}`;
  const steps = calls.map(({ effect }) => effect);
  const last = by_hand ? leftAsItIs(by_hand) : (ends[end ?? ''] ?? end ?? '');
  const path = [...steps, last].join('; then ');
  const flag = step === undefined ? '' : ` --step ${step}`;
  return `${kind}: ${path}\n      ordersaga saga ${kind} ${id}${flag} --reason …`;
}
