import type { SagaState } from '../../saga/state.ts';
import type { LoadedSaga, ReadableSaga } from './load-saga.ts';
import type { Sagas } from './read-sagas.ts';
import { stepAtHand } from './saga-view.ts';

/** Which sagas a decision is about; everything that is given must hold. */
export type SagaFilter = {
  readonly ids?: readonly string[] | undefined;
  readonly status?: 'halted' | 'running' | undefined;
  /** The step at hand. */
  readonly step?: string | undefined;
  /** Code of what halted it or, if it is not halted, of what turned it back. */
  readonly cause?: string | undefined;
  /** Code of the last error of the step at hand. */
  readonly error?: string | undefined;
};

/** The most sagas that one selection looks at. */
export const maxLooked = 10_000;

const pageSize = 200;

/** What one outage has in common. */
export type Trouble = { readonly step: string; readonly cause: string; readonly error?: string };

export function troubleOf(state: SagaState): Trouble | undefined {
  const step = stepAtHand(state);
  const cause = state.halt?.cause ?? state.cause;
  if (step === undefined || cause === undefined) return undefined;
  const error = state.steps.find(({ name }) => name === step)?.lastError;
  return { step, cause: cause.code, ...(error && { error: error.code }) };
}

/** An id that was asked for and cannot be acted on, or a saga that matches. */
export type Selected =
  | { readonly kind: 'saga'; readonly saga: ReadableSaga }
  | { readonly kind: 'notFound'; readonly id: string }
  | { readonly kind: 'unreadable'; readonly id: string; readonly why: string };

/** Comes last when older sagas were not looked at; any of them may match. */
export type Unlooked = { readonly kind: 'unlooked' };

/**
 * The sagas that a filter selects: by id in the order given, or else newest first. Without ids and without a status,
 * those that halted.
 *
 * @param most how many sagas to look at, in whole pages of 200
 */
export async function* selectSagas(
  sagas: Sagas,
  filter: SagaFilter,
  most = maxLooked,
): AsyncGenerator<Selected | Unlooked> {
  if (filter.ids !== undefined) {
    for (const id of filter.ids) {
      const saga = await sagas.get(id);
      if (saga === undefined) yield { kind: 'notFound', id };
      else yield* selected(saga, filter);
    }
    return;
  }
  let beforeId: string | undefined;
  for (let looked = 0; looked < most; looked += pageSize) {
    const page = await sagas.list({ status: filter.status ?? 'halted', limit: pageSize, beforeId });
    for (const saga of page.sagas) yield* selected(saga, filter);
    beforeId = page.nextBeforeId;
    if (beforeId === undefined) return;
  }
  yield { kind: 'unlooked' };
}

function* selected(saga: LoadedSaga, filter: SagaFilter): Generator<Selected> {
  const { id, status } = saga.record;
  if (filter.status !== undefined && status !== filter.status) return;
  if (saga.state !== undefined) {
    if (matches(saga.state, filter)) yield { kind: 'saga', saga };
    return;
  }
  // Nobody can say whether it matches, so only a filter that names it gets it, with the reason.
  if (filter.ids !== undefined) yield { kind: 'unreadable', id, why: saga.unreadable };
}

function matches(state: SagaState, { step, cause, error }: SagaFilter): boolean {
  if (step !== undefined && stepAtHand(state) !== step) return false;
  const trouble = troubleOf(state);
  if (cause !== undefined && trouble?.cause !== cause) return false;
  return error === undefined || trouble?.error === error;
}
