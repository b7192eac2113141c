import type { SagaSummaryAnswer, StepAnswer } from '../../contract/sagas.ts';
import { stepWords } from '../words.ts';
import { marks } from './status.tsx';

/** The steps in their order, what undoes each, the point of no return, and where the saga is now. */
export const Diagram = ({ saga }: { readonly saga: SagaSummaryAnswer }) => {
  const isAtHand = ({ name }: StepAnswer): boolean => name === saga.step;
  return (
    <ol class="diagram">
      {saga.steps.map((step) => (
        <li
          key={step.name}
          class={`node step-${step.status} ${isAtHand(step) ? `at-hand ${saga.status === 'halted' ? 'halted-here' : ''}` : ''} ${step.kind}`}
          {...(isAtHand(step) && { 'aria-current': 'step' as const })}
        >
          {step.kind === 'pivot' && <span class="no-return">point of no return</span>}
          <div class="node-head">
            <span class={`mark step-${step.status}`} aria-hidden="true">
              {marks[step.status]}
            </span>
            <strong>{step.name}</strong>
          </div>
          <div class="node-state">
            {isAtHand(step) && saga.status === 'halted' ? 'halted here' : stepWords[step.status]}
            {step.attempts > 1 && `, ${step.attempts} attempts`}
            {step.inquiries > 0 && `, asked ${step.inquiries === 1 ? 'once' : `${step.inquiries} times`}`}
          </div>
          <div class="node-undo">
            {step.compensation === undefined ? (
              <span class="muted">{step.kind === 'pivot' ? 'cannot be undone' : 'nothing to undo'}</span>
            ) : (
              <>
                <span class="muted">undone by</span> {step.compensation}
                {step.compensation_attempts > 1 && (
                  <span class="muted">, {step.compensation_attempts} attempts</span>
                )}
              </>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
};
