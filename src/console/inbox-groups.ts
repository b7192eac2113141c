import type { Direction } from '../saga/event.ts';
import type { SagaSummary } from './answers.ts';
import type { Selection } from './intervention.ts';
import { codeText, reasonParts } from './words.ts';

/** Halted sagas that stand at one step for one reason, and so can likely be handled in one way. */
export type InboxGroup = {
  readonly step: string;
  readonly direction: Direction;
  /** Why they halted, e.g. `budget_spent`. */
  readonly cause: string;
  /** Code of the last error of that step. */
  readonly error?: string;
  readonly message: string;
  readonly sagas: number;
  readonly cancellable: number;
  readonly money_at_risk: readonly { readonly currency: string; readonly amount: number }[];
  readonly oldest_at: string;
};

export type Inbox = {
  readonly groups: readonly InboxGroup[];
  readonly sagas: number;
  readonly unreadable: number;
  readonly partial: boolean;
};

export const keyOf = ({ step, direction, cause, error = '' }: InboxGroup): string =>
  [step, direction, cause, error].join(' ');

/** In words: where they stand, and why. */
export const titleOf = ({ step, direction, cause, error }: InboxGroup): string =>
  `${direction === 'compensation' ? `Undoing ${step}` : step}: ${codeText(cause)}${error === undefined ? '' : ` (${error})`}`;

/** All of a group, also those that no row shows. */
export const selectionOf = ({ step, cause, error }: InboxGroup): Selection => ({
  status: 'halted',
  step,
  cause,
  ...(error !== undefined && { error }),
});

/** The rows of a group, who waits longest first. */
export const membersOf = (group: InboxGroup, sagas: readonly SagaSummary[]): readonly SagaSummary[] =>
  sagas
    .filter(({ halt, steps }) => {
      if (halt === undefined || halt.step !== group.step || halt.direction !== group.direction) return false;
      const lastError = steps.find(({ name }) => name === halt.step)?.last_error;
      const error = lastError === undefined ? undefined : reasonParts(lastError).code;
      return halt.code === group.cause && error === group.error;
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
