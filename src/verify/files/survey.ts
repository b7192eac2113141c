import { afterEveryId } from '../../stores/sqlite/after-every-id.ts';
import type { Database } from '../../stores/sqlite/program.ts';
import type { Violation } from '../books.ts';
import { violationOf } from '../order-violation.ts';
import { archivedCounts, inOneView, type LogFiles } from './archive-book.ts';
import type { IdRange } from './read-books.ts';

/** What is known before the orders are checked one by one. */
export type Survey = {
  readonly sagas: number;
  /** Of them, those that only the archive holds. */
  readonly archived: number;
  /** Consecutive ranges that together cover every possible id. */
  readonly ranges: readonly IdRange[];
  /** The moment that the log speaks of: now, or when its gateway last showed life. */
  readonly asOfMs: number;
  /** `live`: a gateway runs on these files. `closed`: it ended in good order. `cutOff`: killed, or copied while it ran. */
  readonly state: 'live' | 'closed' | 'cutOff';
  /** The newest saga; an order with a greater id was accepted after this look. */
  readonly newestId: string;
  readonly violations: readonly Violation[];
};

/**
 * @param rangeSize about how many sagas one range has
 */
export const surveySagas = (files: LogFiles, nowMs: number, rangeSize: number): Survey =>
  inOneView(files, (archive): Survey => {
    const { saga } = files;
    const counts = countSagas(saga);
    const archived = archivedCounts(saga);
    const { asOfMs, state } = lifeSigns(saga, nowMs);
    const archivedSagas = archived.completed + archived.compensated;
    return {
      sagas: counts.all + archivedSagas,
      archived: archivedSagas,
      ranges: rangesBetween([...rangeEnds(saga, rangeSize), ...rangeEnds(archive, rangeSize)]),
      asOfMs,
      state,
      newestId: [newestIn(saga), newestIn(archive)].toSorted().at(-1) ?? '',
      violations: [
        ...missingFinished(saga, counts, archived),
        ...(archive ? missingArchived(saga, archive, archived) : []),
      ],
    };
  });

const newestIn = (database: Database | undefined): string =>
  database?.prepare<[], string>('SELECT max(id) FROM saga').pluck().get() ?? '';

type FinishedCounts = { readonly completed: number; readonly compensated: number };
type Counts = FinishedCounts & { readonly all: number };

// Each count walks a narrow index of its own.
const countIn = (database: Database, index: string, where: string): number =>
  database
    .prepare<[], number>(`SELECT count(*) FROM saga INDEXED BY ${index} WHERE ${where}`)
    .pluck()
    .get() ?? 0;

const countFinished = (database: Database): FinishedCounts => ({
  completed: countIn(database, 'saga_completed', "status = 'completed'"),
  compensated: countIn(database, 'saga_compensated', "status = 'compensated'"),
});

function countSagas(saga: Database): Counts {
  const { completed, compensated } = countFinished(saga);
  const open =
    countIn(saga, 'saga_live', "status IN ('running', 'compensating')") +
    countIn(saga, 'saga_halted', "status = 'halted'");
  return { completed, compensated, all: completed + compensated + open };
}

/** The log counts sagas as they finish and as they leave; one that is gone without a trace is missed by that count. */
function missingFinished(saga: Database, counts: Counts, archived: FinishedCounts): Violation[] {
  const rows = saga
    .prepare<[], { status: 'completed' | 'compensated'; sagas: number }>(
      'SELECT status, sagas FROM finished_count',
    )
    .all();
  return rows.flatMap(({ status, sagas }): Violation[] => {
    if (sagas === counts[status] + archived[status]) return [];
    const there = archived[status] === 0 ? 'there' : `there and ${archived[status]} were archived`;
    const message = `${sagas} sagas were counted as they ${status === 'completed' ? 'completed' : 'were undone'}, but ${counts[status]} are ${there}`;
    return [{ invariant: 'I9', message }];
  });
}

/** The archive may hold more than has left the log: what is being moved is in both. */
function missingArchived(saga: Database, archive: Database, archived: FinishedCounts): Violation[] {
  const held = countFinished(archive);
  const inLog = saga.prepare<[string], number>('SELECT 1 FROM saga WHERE id = ?').pluck();
  return (['completed', 'compensated'] as const).flatMap((status): Violation[] => {
    if (held[status] === archived[status]) return [];
    let alone = 0;
    const ids = archive.prepare<[], string>(
      `SELECT id FROM saga INDEXED BY saga_${status} WHERE status = '${status}'`,
    );
    for (const id of ids.pluck().iterate()) if (inLog.get(id) === undefined) alone += 1;
    if (alone === archived[status]) return [];
    const message = `${archived[status]} sagas that ${status === 'completed' ? 'completed' : 'were undone'} were moved into the archive, but ${alone} are in saga-archive.db`;
    return [{ invariant: 'I9', message }];
  });
}

/** Ends of ranges, sampled from whichever kind of finished saga there are more of. */
function rangeEnds(database: Database | undefined, rangeSize: number): string[] {
  if (database === undefined) return [];
  const { completed, compensated } = countFinished(database);
  const status = completed >= compensated ? 'completed' : 'compensated';
  const next = database
    .prepare<[string, number], string>(
      `SELECT id FROM saga INDEXED BY saga_${status} WHERE status = '${status}' AND id > ? ORDER BY id LIMIT 1 OFFSET ?`,
    )
    .pluck();
  const ends: string[] = [];
  for (let end = next.get('', rangeSize - 1); end !== undefined; end = next.get(end, rangeSize - 1))
    ends.push(end);
  return ends;
}

function rangesBetween(ends: readonly string[]): IdRange[] {
  const sorted = [...new Set(ends)].toSorted();
  return [...sorted, afterEveryId].map((untilId, index) => ({ afterId: sorted[index - 1] ?? '', untilId }));
}

type Lease = { readonly expiresAtMs: number; readonly state: 'held' | 'released' };

function lifeSigns(saga: Database, nowMs: number): Pick<Survey, 'asOfMs' | 'state'> {
  const leases = saga.prepare<[], Lease>('SELECT expires_at_ms AS expiresAtMs, state FROM lease').all();
  const held = leases.filter(({ state }) => state === 'held');
  if (held.some(({ expiresAtMs }) => expiresAtMs > nowMs)) return { asOfMs: nowMs, state: 'live' };
  const lastSeenMs = Math.max(lastEventMs(saga), ...held.map(({ expiresAtMs }) => expiresAtMs));
  const asOfMs = lastSeenMs > 0 ? Math.min(nowMs, lastSeenMs) : nowMs;
  return { asOfMs, state: held.length === 0 ? 'closed' : 'cutOff' };
}

/** When a saga under way last changed, whose age is counted up to here, or when the newest saga did, if that is later. */
const lastEventMs = (saga: Database): number =>
  saga
    .prepare<[], number>(
      `SELECT max(coalesce((SELECT max(updated_at_ms) FROM saga INDEXED BY saga_live
           WHERE status IN ('running', 'compensating')), 0),
         coalesce((SELECT updated_at_ms FROM saga ORDER BY id DESC LIMIT 1), 0))`,
    )
    .pluck()
    .get() ?? 0;

/** I6 and I9 of the idempotency keys: each leads to one order, and that order is there. */
export const checkKeys = (
  files: LogFiles,
): {
  readonly keys: number;
  readonly violations: readonly Violation[];
} =>
  inOneView(files, (archive) => {
    const { saga } = files;
    const keys = saga.prepare<[], number>('SELECT count(*) FROM idempotency').pluck().get() ?? 0;
    // No key is shown: it is the client's secret.
    const shared = saga
      .prepare<[], string>(
        `SELECT group_concat(saga_id, ', ') FROM idempotency GROUP BY scope, key HAVING count(*) > 1 LIMIT 1000`,
      )
      .pluck()
      .all();
    const violations: Violation[] = [
      ...shared.map(
        (ids): Violation => ({ invariant: 'I6', message: `one idempotency key made the orders ${ids}` }),
      ),
      ...keysWithoutSaga(saga, archive).map((orderId) =>
        violationOf(orderId)('I9', 'it was acknowledged under an idempotency key, but its saga is missing'),
      ),
    ];
    return { keys, violations };
  });

const mostLost = 1_000;

function keysWithoutSaga(saga: Database, archive: Database | undefined): string[] {
  const inArchive = archive?.prepare<[string], number>('SELECT 1 FROM saga WHERE id = ?').pluck();
  const notInLog = saga
    .prepare<[], string>(
      'SELECT saga_id FROM idempotency WHERE NOT EXISTS (SELECT 1 FROM saga WHERE id = saga_id)',
    )
    .pluck();
  const lost: string[] = [];
  for (const id of notInLog.iterate()) {
    if (inArchive?.get(id) === undefined) lost.push(id);
    if (lost.length === mostLost) break;
  }
  return lost;
}
