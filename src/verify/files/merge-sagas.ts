import type { Database } from '../../stores/sqlite/program.ts';
import { type IdRange, type ReadSaga, readSagas } from './read-books.ts';

/**
 * Sagas of a range, of the log and of the archive, in the order of ids. One that is in both, because it is being moved,
 * comes once. If the archive's copy is damaged, that copy is the one shown, because it is the one that will be kept.
 */
export const readAllSagas = (
  saga: Database,
  archive: Database | undefined,
  range: IdRange,
): Iterable<ReadSaga> =>
  archive === undefined
    ? readSagas(saga, range)
    : mergeById(readSagas(saga, range), readSagas(archive, range), { idOf, once });

/**
 * Merges what was read of a log and of its archive, each in the order of ids.
 *
 * @param once what to make of an id that is in both
 */
export function* mergeById<Row>(
  log: Iterator<Row>,
  archive: Iterator<Row>,
  { idOf, once }: { idOf(row: Row): string; once(logged: Row, archived: Row): readonly Row[] },
): Generator<Row, undefined> {
  let [logged, archived] = [log.next(), archive.next()];
  while (!logged.done && !archived.done) {
    const [one, other] = [idOf(logged.value), idOf(archived.value)];
    if (one === other) yield* once(logged.value, archived.value);
    else yield one < other ? logged.value : archived.value;
    if (one <= other) logged = log.next();
    if (other <= one) archived = archive.next();
  }
  for (; !logged.done; logged = log.next()) yield logged.value;
  for (; !archived.done; archived = archive.next()) yield archived.value;
}

const idOf = (read: ReadSaga): string => ('saga' in read ? read.saga.id : read.lostId);

function once(logged: ReadSaga, archived: ReadSaga): readonly ReadSaga[] {
  if (!('saga' in logged && 'saga' in archived)) return [logged, archived];
  return [archived.saga.chainProblem === undefined ? logged : archived];
}
