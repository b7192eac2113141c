import type { Database } from '../../stores/sqlite/program.ts';
import type { Violation } from '../books.ts';
import { sayOf } from '../order-violation.ts';
import type { IdRange } from './read-books.ts';

/** What is known before the books are gone through. */
export type Survey = {
  readonly sagas: number;
  /** Of all orders there are or may be, each id in one of them. */
  readonly ranges: readonly IdRange[];
  /** The moment that the log speaks of: now, or when its gateway last showed life. */
  readonly asOfMs: number;
  /** `live`: a gateway runs on these files. `closed`: it ended in good order. `cutOff`: killed, or copied while it ran. */
  readonly state: 'live' | 'closed' | 'cutOff';
  /** The newest saga; an order with a greater id was accepted after this look. */
  readonly newestId: string;
  readonly violations: readonly Violation[];
};

/** Sorts behind every id. */
export const afterEveryId = '\u{10FFFF}';

/**
 * @param rangeSize about how many sagas one range has
 */
export function surveySagas(saga: Database, nowMs: number, rangeSize: number): Survey {
  return saga.transaction((): Survey => {
    const counts = countSagas(saga);
    const { asOfMs, state } = lifeSigns(saga, nowMs);
    const newestId = saga.prepare<[], string>('SELECT max(id) FROM saga').pluck().get() ?? '';
    return {
      sagas: counts.all,
      ranges: rangesOf(saga, counts, rangeSize),
      asOfMs,
      state,
      newestId,
      violations: missingFinished(saga, counts),
    };
  })();
}

type Counts = { readonly all: number; readonly completed: number; readonly compensated: number };

// Each count walks a narrow index of its own.
function countSagas(saga: Database): Counts {
  const count = (index: string, where: string): number =>
    saga.prepare<[], number>(`SELECT count(*) FROM saga INDEXED BY ${index} WHERE ${where}`).pluck().get() ??
    0;
  const completed = count('saga_completed', "status = 'completed'");
  const compensated = count('saga_compensated', "status = 'compensated'");
  const open =
    count('saga_live', "status IN ('running', 'compensating')") + count('saga_halted', "status = 'halted'");
  return { completed, compensated, all: completed + compensated + open };
}

/** The log counts sagas as they finish; one that is gone without a trace is missed by that count. */
function missingFinished(saga: Database, counts: Counts): Violation[] {
  const rows = saga
    .prepare<[], { status: 'completed' | 'compensated'; sagas: number }>(
      'SELECT status, sagas FROM finished_count',
    )
    .all();
  return rows.flatMap(({ status, sagas }): Violation[] => {
    if (sagas === counts[status]) return [];
    const message = `${sagas} sagas were counted as they ${status === 'completed' ? 'completed' : 'were undone'}, but ${counts[status]} are there`;
    return [{ invariant: 'I9', message }];
  });
}

/** Ends of ranges, taken from the more common kind of finished sagas. */
function rangesOf(saga: Database, { completed, compensated }: Counts, rangeSize: number): IdRange[] {
  const status = completed >= compensated ? 'completed' : 'compensated';
  const next = saga
    .prepare<[string, number], string>(
      `SELECT id FROM saga INDEXED BY saga_${status} WHERE status = '${status}' AND id > ? ORDER BY id LIMIT 1 OFFSET ?`,
    )
    .pluck();
  const ranges: IdRange[] = [];
  let afterId = '';
  for (;;) {
    const untilId = next.get(afterId, rangeSize - 1);
    ranges.push({ afterId, untilId: untilId ?? afterEveryId });
    if (untilId === undefined) return ranges;
    afterId = untilId;
  }
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

/** Of unfinished sagas, whose ages are what the moment is needed for, or else of the newest. */
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
export function checkKeys(saga: Database): {
  readonly keys: number;
  readonly violations: readonly Violation[];
} {
  return saga.transaction(() => {
    const keys = saga.prepare<[], number>('SELECT count(*) FROM idempotency').pluck().get() ?? 0;
    // No key is shown: it is the client's secret.
    const shared = saga
      .prepare<[], string>(
        `SELECT group_concat(saga_id, ', ') FROM idempotency GROUP BY scope, key HAVING count(*) > 1 LIMIT 1000`,
      )
      .pluck()
      .all();
    const lost = saga
      .prepare<[], string>(
        `SELECT saga_id FROM idempotency WHERE NOT EXISTS (SELECT 1 FROM saga WHERE id = saga_id) LIMIT 1000`,
      )
      .pluck()
      .all();
    const violations: Violation[] = [
      ...shared.map(
        (ids): Violation => ({ invariant: 'I6', message: `one idempotency key made the orders ${ids}` }),
      ),
      ...lost.map((orderId) =>
        sayOf(orderId)('I9', 'it was acknowledged under an idempotency key, but its saga is missing'),
      ),
    ];
    return { keys, violations };
  })();
}
