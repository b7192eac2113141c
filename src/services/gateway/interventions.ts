import type { Engine } from '../../engine/engine.ts';
import type { Choice, Command } from '../../saga/command.ts';
import type { SagaDefinition } from '../../saga/definition.ts';
import { type Foretold, previewCommand } from '../../saga/foretell.ts';
import type { SagaStatus } from '../../saga/state.ts';
import type { ReadableSaga } from './load-saga.ts';
import type { Sagas } from './read-sagas.ts';
import { type SagaFilter, type Selected, selectSagas } from './select-sagas.ts';

/** One decision about many sagas. */
export type Intervention = {
  readonly choice: Choice;
  readonly filter: SagaFilter;
  readonly by: string;
  readonly reason: string;
  /** Only say what would happen. */
  readonly dryRun: boolean;
  /** The most sagas to decide about. */
  readonly limit: number;
};

/** What became, or would become, of the decision about one saga. `allowed`: a dry run found nothing against it. */
export type InterventionResult = { readonly id: string } & (
  | { readonly result: 'done'; readonly status: SagaStatus }
  | ({ readonly result: 'allowed'; readonly saga: ReadableSaga } & Foretold)
  | { readonly result: 'refused' | 'elsewhere' | 'failed'; readonly why: string }
  | { readonly result: 'notFound' }
);

export type InterventionOutcome = {
  readonly results: readonly InterventionResult[];
  /** Whether more sagas match than were decided about, or may match: there were too many to look at all of them. */
  readonly hasMore: boolean;
};

export type InterventionDeps = {
  readonly definition: SagaDefinition;
  readonly engine: Pick<Engine, 'command'>;
  readonly sagas: Sagas;
  readonly now: () => number;
  /** Called with the error behind each result that the answer only calls `failed`. */
  readonly onFailure: (error: unknown, sagaId: string) => void;
  /** The most sagas to look at for one filter. Default 10 000. */
  readonly maxLooked?: number;
};

// Decisions share commits, so many at a time are nearly as cheap as one.
const atOnce = 32;

/** Decides about each saga that the filter selects, on its own: one that is refused does not stop the others. */
export function createInterventions(
  deps: InterventionDeps,
): (intervention: Intervention) => Promise<InterventionOutcome> {
  return async (intervention) => {
    const selection: Selected[] = [];
    let hasMore = false;
    // Selected before the first decision, because decisions change what the filter selects.
    for await (const one of selectSagas(deps.sagas, intervention.filter, deps.maxLooked)) {
      if (one.kind === 'unlooked' || selection.length === intervention.limit) {
        hasMore = true;
        break;
      }
      selection.push(one);
    }
    const results: InterventionResult[] = [];
    for (let start = 0; start < selection.length; start += atOnce) {
      const batch = selection.slice(start, start + atOnce);
      results.push(...(await Promise.all(batch.map((one) => decideAbout(deps, one, intervention)))));
    }
    return { results, hasMore };
  };
}

async function decideAbout(
  deps: InterventionDeps,
  selected: Selected,
  intervention: Intervention,
): Promise<InterventionResult> {
  switch (selected.kind) {
    case 'notFound':
      return { id: selected.id, result: 'notFound' };
    case 'unreadable':
      return { id: selected.id, result: 'refused', why: selected.why };
    case 'saga':
      return intervention.dryRun
        ? foreseen(deps, selected.saga, intervention.choice)
        : carriedOut(deps, selected.saga.record.id, intervention);
  }
}

function foreseen(
  { definition, now }: InterventionDeps,
  saga: ReadableSaga,
  choice: Choice,
): InterventionResult {
  const { id } = saga.record;
  const preview = previewCommand(definition, saga.state, choice, now());
  if (preview.kind === 'refused') return { id, result: 'refused', why: preview.why };
  const { calls, status, skipped } = preview;
  return { id, result: 'allowed', saga, calls, status, skipped };
}

async function carriedOut(
  { engine, onFailure }: InterventionDeps,
  id: string,
  { choice, by, reason }: Intervention,
): Promise<InterventionResult> {
  const command: Command = { ...choice, by, reason };
  try {
    const result = await engine.command(id, command);
    switch (result.kind) {
      case 'done':
        return { id, result: 'done', status: result.record.status };
      case 'refused':
        return { id, result: 'refused', why: result.why };
      case 'elsewhere':
        return { id, result: 'elsewhere', why: `the process ${result.owner} drives it` };
      case 'notFound':
        return { id, result: 'notFound' };
    }
  } catch (error) {
    onFailure(error, id);
    return { id, result: 'failed', why: 'the saga log could not be written; look before you ask again' };
  }
}
