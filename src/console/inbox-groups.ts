import type { InboxGroupAnswer, SagaFilter } from '../contract/decisions.ts';
import type { SagaSummaryAnswer } from '../contract/sagas.ts';
import { codeText, reasonParts } from './words.ts';

export const keyOf = ({ step, direction, cause, error = '' }: InboxGroupAnswer): string =>
  [step, direction, cause, error].join(' ');

/** In words: where they stand, and why. */
export const titleOf = ({ step, direction, cause, error }: InboxGroupAnswer): string =>
  `${direction === 'compensation' ? `Undoing ${step}` : step}: ${codeText(cause)}${error === undefined ? '' : ` (${error})`}`;

/** Selects the whole group, including sagas that no row shows. */
export const filterOf = ({ step, cause, error }: InboxGroupAnswer): SagaFilter => ({
  status: 'halted',
  step,
  cause,
  ...(error !== undefined && { error }),
});

/** The rows of a group, the longest-waiting first. */
export const membersOf = (
  group: InboxGroupAnswer,
  sagas: readonly SagaSummaryAnswer[],
): readonly SagaSummaryAnswer[] =>
  sagas
    .filter(({ halt, steps }) => {
      if (halt === undefined || halt.step !== group.step || halt.direction !== group.direction) return false;
      const lastError = steps.find(({ name }) => name === halt.step)?.last_error;
      const error = lastError === undefined ? undefined : reasonParts(lastError).code;
      return halt.code === group.cause && error === group.error;
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
