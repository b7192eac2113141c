import type { SagaEvent } from '../saga/event.ts';
import type { SagaStatus } from '../saga/state.ts';
import { undoneBy } from './order-steps.ts';

/** The operations that end an order for its customer. Nothing else changes its status. */
export type OrderEnding = 'confirm-order' | 'cancel-order';

/**
 * The operation that would have ended the order of a finished saga, had a person not declared it as handled by hand. The
 * order then stays as it is, unless that person has ended it in the order service.
 *
 * @param skipped names of the steps that were skipped
 */
export function endingByHand(status: SagaStatus, skipped: readonly string[]): OrderEnding | undefined {
  if (status === 'completed' && skipped.includes('confirm-order')) return 'confirm-order';
  return status === 'compensated' && skipped.includes('create-order') ? 'cancel-order' : undefined;
}

/** What an order that is ended by hand means for its customer; without a full stop. */
export const leftAsItIs = (ending: OrderEnding): string =>
  `the order stays as it is for the customer, unless it was ${ending === 'confirm-order' ? 'confirmed' : 'cancelled'} by hand in the order service`;

/**
 * The operations that people declared as handled by hand, by their own names: a step that was skipped on the way back is
 * its compensation.
 */
export function operationsByHand(events: readonly SagaEvent[]): readonly string[] {
  const back = events.findIndex(({ type }) => type === 'CompensationStarted');
  return events.flatMap((event, index) => {
    if (event.type !== 'StepSkipped') return [];
    return [back !== -1 && index > back ? undoneBy(event.step) : event.step];
  });
}
