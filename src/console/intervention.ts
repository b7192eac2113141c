import type {
  BulkAnswer,
  BulkCommand,
  DecisionKind,
  SagaCommand,
  SagaFilter,
} from '../contract/decisions.ts';
import { ask } from './api.ts';

/** Everything that can be decided about a saga, in the order in which it is offered. */
export const decisionKinds: readonly DecisionKind[] = ['retry', 'skip', 'cancel'];

export type Intervention = {
  readonly kind: DecisionKind;
  /** For a skip: the step that is declared as handled by hand. */
  readonly step?: string | undefined;
  /** Which sagas it is about. */
  readonly filter: SagaFilter;
};

/** Says what a decision would do. Changes nothing. */
export const preview = (intervention: Intervention): Promise<BulkAnswer> =>
  send(intervention, { reason: 'preview', dry_run: true });

/** Makes the decision; it becomes an event of each saga, with the reason and who made it. */
export const decide = (intervention: Intervention, said: SagaCommand): Promise<BulkAnswer> =>
  send(intervention, said);

type Said = Pick<BulkCommand, 'reason' | 'operator' | 'dry_run'>;

function send({ kind, step, filter }: Intervention, said: Said): Promise<BulkAnswer> {
  const body: BulkCommand = { kind, filter, ...(kind === 'skip' && step !== undefined && { step }), ...said };
  return ask('/sagas/commands', { method: 'POST', body });
}
