import type { Choice } from '../saga/command.ts';
import type { SagaStatus } from '../saga/state.ts';
import { ask } from './api.ts';

export type CommandKind = Choice['kind'];

/** Which sagas a decision is about: these, or all that halted at one step for one reason. */
export type Selection =
  | { readonly ids: readonly string[] }
  | { readonly status: 'halted'; readonly step: string; readonly cause: string; readonly error?: string };

/** What became, or would become, of one saga. */
export type InterventionResult = {
  readonly id: string;
  readonly result: 'done' | 'allowed' | 'refused' | 'elsewhere' | 'not_found' | 'failed';
  readonly why?: string;
  readonly status?: SagaStatus;
  readonly calls?: readonly { readonly effect: string }[];
};

export type InterventionOutcome = {
  readonly counts: Readonly<Record<InterventionResult['result'], number>>;
  readonly results: readonly InterventionResult[];
  readonly has_more: boolean;
};

export type Intervention = {
  readonly kind: CommandKind;
  /** For a skip: the step that is declared as handled by hand. */
  readonly step?: string | undefined;
  readonly selection: Selection;
};

/** Says what a decision would do. Changes nothing. */
export const preview = (intervention: Intervention): Promise<InterventionOutcome> =>
  send(intervention, { reason: 'preview', dry_run: true });

/** Makes the decision; it becomes an event of each saga, with the reason and who made it. */
export const decide = (
  intervention: Intervention,
  said: { readonly reason: string; readonly operator?: string },
): Promise<InterventionOutcome> => send(intervention, said);

const send = ({ kind, step, selection }: Intervention, said: object): Promise<InterventionOutcome> =>
  ask('/sagas/commands', {
    method: 'POST',
    body: { kind, filter: selection, ...(kind === 'skip' && { step }), ...said },
  });
