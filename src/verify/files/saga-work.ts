import { afterEveryId } from '../../stores/sqlite/after-every-id.ts';
import type { Database } from '../../stores/sqlite/program.ts';
import type { SagaFacts, Violation } from '../books.ts';
import { checkSaga } from '../invariants.ts';
import { violationOf } from '../order-violation.ts';
import { factsFrom } from '../saga-facts.ts';
import { inOneView, type LogFiles, sagaFinder } from './archive-book.ts';
import { readAllSagas } from './merge-sagas.ts';
import { checkKeys } from './survey.ts';

/** Sagas in the order of ids, their logs checked. */
export type SagaPage = {
  readonly sagas: readonly SagaFacts[];
  /** Rows of their logs. */
  readonly events: number;
  readonly violations: readonly Violation[];
  /** Where the next page begins; undefined when this is the last one. */
  readonly untilId: string | undefined;
};

/** What the saga log alone can be asked. */
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
export function doSagaWork(files: LogFiles, work: SagaWork): SagaResult {
  switch (work.kind) {
    case 'count':
      return { kind: 'count', sagas: countAll(files.saga) };
    case 'keys':
      return { kind: 'keys', ...checkKeys(files) };
    case 'page':
      return { kind: 'page', page: inOneView(files, (archive) => readPage(files.saga, archive, work)) };
    case 'known':
      return { kind: 'known', ids: work.ids.filter(sagaFinder(files)) };
    default:
      return work satisfies never;
  }
}

const countAll = (saga: Database): number =>
  saga
    .prepare<[], number>('SELECT (SELECT count(*) FROM saga) + (SELECT sum(sagas) FROM archived_count)')
    .pluck()
    .get() ?? 0;

type PageQuery = { readonly afterId: string; readonly limit: number };

function readPage(saga: Database, archive: Database | undefined, query: PageQuery): SagaPage {
  const untilId = endOfPage(saga, archive, query);
  const sagas: SagaFacts[] = [];
  const violations: Violation[] = [];
  let events = 0;
  const range = { afterId: query.afterId, untilId: untilId ?? afterEveryId };
  for (const read of readAllSagas(saga, archive, range)) {
    if ('lostId' in read) {
      violations.push(
        violationOf(read.lostId)('I9', `${read.rows} rows of its log are left, but its saga is gone`),
      );
      continue;
    }
    events += read.saga.events.length;
    violations.push(...checkSaga(read.saga));
    sagas.push(factsFrom(read.saga));
  }
  return { sagas, violations, events, untilId };
}

/** The id at which the nearer of the two has filled a page. Up to there, both together hold one to two pages. */
function endOfPage(
  saga: Database,
  archive: Database | undefined,
  { afterId, limit }: PageQuery,
): string | undefined {
  const ends = [saga, archive].flatMap(
    (database) =>
      database
        ?.prepare<[string, number], string>('SELECT id FROM saga WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?')
        .pluck()
        .get(afterId, limit - 1) ?? [],
  );
  return ends.toSorted()[0];
}
