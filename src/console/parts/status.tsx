import { endingByHand } from '../../checkout/by-hand.ts';
import type { SagaRow, StepStatus } from '../../contract/sagas.ts';
import { skippedSteps } from '../../saga/state.ts';
import { statusWords, stepWords } from '../words.ts';
import { Icon } from './icon.tsx';

/** The status of a saga, by shape, colour and word. */
export const StatusBadge = ({
  saga: { status, steps },
}: {
  readonly saga: Pick<SagaRow, 'status' | 'steps'>;
}) => {
  const isLeft = endingByHand(status, skippedSteps(steps)) !== undefined;
  return (
    <span class={`badge status-${status}`}>
      <Icon name={status} />
      <span class="badge-word">{isLeft ? 'Ended by hand' : statusWords[status]}</span>
    </span>
  );
};

/** One character for each status of a step. */
export const marks: Readonly<Record<StepStatus, string>> = {
  pending: '',
  running: '▸',
  succeeded: '✓',
  rejected: '✕',
  in_doubt: '?',
  failed: '!',
  compensating: '↺',
  compensated: '↶',
  skipped: '»',
};

/** How far a saga got: one mark for each step. */
export const StepMarks = ({ steps }: Pick<SagaRow, 'steps'>) => (
  <span
    class="marks"
    role="img"
    aria-label={steps.map(({ name, status }) => `${name} ${stepWords[status]}`).join(', ')}
    title={steps.map(({ name, status }) => `${name}: ${stepWords[status]}`).join('\n')}
  >
    {steps.map(({ name, status }) => (
      <span key={name} class={`mark step-${status}`} aria-hidden="true">
        {marks[status]}
      </span>
    ))}
  </span>
);
