import type { Database } from '../../stores/sqlite/program.ts';
import type { SagaFacts, Violation } from '../books.ts';
import { checkSaga } from '../invariants.ts';
import { sayOf } from '../order-violation.ts';
import { factsFrom } from '../saga-facts.ts';
import { readSagas } from './read-books.ts';
import { afterEveryId, checkKeys } from './survey.ts';

/** Sagas in the order of ids, their logs checked. */
export type SagaPage = {
  readonly sagas: readonly SagaFacts[];
  /** Rows of their logs. */
  readonly events: number;
  readonly violations: readonly Violation[];
  /** Where the next page begins; undefined when this is the last one. */
  readonly untilId: string | undefined;
};

/** A look at the saga log alone. */
export type SagaWork =
  | { readonly kind: 'count' }
  | { readonly kind: 'keys' }
  | { readonly kind: 'page'; readonly afterId: string; readonly limit: number }
  | { readonly kind: 'known'; readonly ids: readonly string[] };

export type SagaResult =
  | { readonly kind: 'count'; readonly sagas: number }
  | ({ readonly kind: 'keys' } & ReturnType<typeof checkKeys>)
  | { readonly kind: 'page'; readonly page: SagaPage }
  /** Those of the ids that have a saga. */
  | { readonly kind: 'known'; readonly ids: readonly string[] };

/** Does one piece on the thread that has the log open. */
export function doSagaWork(saga: Database, work: SagaWork): SagaResult {
  switch (work.kind) {
    case 'count':
      return {
        kind: 'count',
        sagas: saga.prepare<[], number>('SELECT count(*) FROM saga').pluck().get() ?? 0,
      };
    case 'keys':
      return { kind: 'keys', ...checkKeys(saga) };
    case 'page':
      return { kind: 'page', page: readPage(saga, work) };
    case 'known': {
      const find = saga.prepare<[string], number>('SELECT 1 FROM saga WHERE id = ?').pluck();
      return { kind: 'known', ids: work.ids.filter((id) => find.get(id) !== undefined) };
    }
    default:
      return work satisfies never;
  }
}

function readPage(saga: Database, { afterId, limit }: { afterId: string; limit: number }): SagaPage {
  const lastOfPage = saga.prepare<[string, number], string>(
    'SELECT id FROM saga WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?',
  );
  return saga.transaction((): SagaPage => {
    const untilId = lastOfPage.pluck().get(afterId, limit - 1);
    const sagas: SagaFacts[] = [];
    const violations: Violation[] = [];
    let events = 0;
    for (const read of readSagas(saga, { afterId, untilId: untilId ?? afterEveryId })) {
      if ('lostId' in read) {
        violations.push(
          sayOf(read.lostId)('I9', `${read.rows} rows of its log are left, but its saga is gone`),
        );
        continue;
      }
      events += read.saga.events.length;
      violations.push(...checkSaga(read.saga));
      sagas.push(factsFrom(read.saga));
    }
    return { sagas, violations, events, untilId };
  })();
}
