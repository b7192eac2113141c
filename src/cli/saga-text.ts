import type { SagaAnswer, SagaSummaryAnswer, StepStatus } from '../contract/sagas.ts';
import type { SagaStatus } from '../saga/state.ts';
import { timeText } from './order-text.ts';
import { createStoryPrinter } from './story-printer.ts';
import { tableText } from './table.ts';
import type { Colours } from './terminal.ts';

export function sagaStatusText(status: SagaStatus, colours: Colours): string {
  switch (status) {
    case 'running':
    case 'compensating':
      return colours.yellow(status);
    case 'completed':
      return colours.green(status);
    case 'compensated':
      return colours.magenta(status);
    case 'halted':
      return colours.red(status);
  }
}

/** One saga in full, for a person: what it is, how far each step is, and what happened. */
export async function sagaText(saga: SagaAnswer, colours: Colours): Promise<string> {
  const { id, status, definition, version, trace_id, epoch } = saga;
  const { created_at, updated_at, deadline_at } = saga;
  const head = [
    `${colours.bold(`Saga ${id}`)}  ${sagaStatusText(status, colours)}`,
    ...reasonsOf(saga),
    `Definition ${definition} version ${version}, epoch ${epoch}, trace ${trace_id}`,
    `Created ${timeText(created_at)}, updated ${timeText(updated_at)}, deadline ${deadline_at ? timeText(deadline_at) : 'unknown'}`,
    ...(status === 'halted' ? [colours.red(haltAdvice(id))] : []),
    '',
  ];
  const steps = await tableText(
    [
      { head: 'STEP' },
      { head: 'KIND' },
      { head: 'STATUS' },
      { head: 'ATTEMPTS', align: 'right' },
      { head: 'UNDO ATTEMPTS', align: 'right' },
      { head: 'LAST ERROR' },
    ],
    saga.steps.map((step) => [
      step.name,
      step.kind,
      step.status,
      step.attempts,
      step.compensation_attempts,
      step.last_error ?? '',
    ]),
    colours,
  );
  const undo =
    saga.undo.length === 0 ? [] : ['', `To undo: ${saga.undo.map(({ effect }) => effect).join(', then ')}`];
  return [...head, steps, ...undo, '', ...saga.events.map(createStoryPrinter(colours))].join('\n');
}

/** Why it turned back and why it halted, as far as it did. */
const reasonsOf = ({ cause, halt, unreadable }: SagaSummaryAnswer): readonly string[] => [
  ...(unreadable ? [`Cannot be read: ${unreadable}`] : []),
  ...(cause ? [`Turned back: ${saidText(cause)}`] : []),
  ...(halt ? [`Halted at ${halt.step} (${halt.direction}): ${saidText(halt)}`] : []),
];

const saidText = ({ code, message }: { readonly code: string; readonly message?: string }): string =>
  message ? `${code}: ${message}` : code;

/** What a person can do about a halted saga. */
export const haltAdvice = (id: string): string =>
  `It waits for a person. What happened and what each decision would do: ordersaga saga explain ${id}`;

/**
 * How many steps stand: took effect and are not undone. On the way back, steps that may have happened count too, so
 * that the number falls with each undo and with nothing else.
 */
function standingSteps({ status, halt, steps }: SagaSummaryAnswer): number {
  const goesBack = status === 'compensating' || halt?.direction === 'compensation';
  const stands: readonly StepStatus[] = goesBack ? ['succeeded', 'compensating', 'in_doubt'] : ['succeeded'];
  return steps.filter((step) => stands.includes(step.status)).length;
}

/** One line per saga, for a person. */
export const sagaListText = (sagas: readonly SagaSummaryAnswer[], colours: Colours): Promise<string> =>
  tableText(
    [
      { head: 'SAGA' },
      { head: 'STATUS' },
      { head: 'STEPS' },
      { head: 'CREATED' },
      { head: 'UPDATED' },
      { head: 'REASON' },
    ],
    sagas.map((saga) => [
      saga.id,
      sagaStatusText(saga.status, colours),
      `${standingSteps(saga)} of ${saga.steps.length}`,
      timeText(saga.created_at),
      timeText(saga.updated_at),
      reasonsOf(saga).at(-1) ?? '',
    ]),
    colours,
  );
