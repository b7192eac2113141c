import type { Direction } from '../../saga/event.ts';
import type { Refusal } from '../../saga/outcome.ts';
import type { Database } from './program.ts';

/** One write of a saga, as its participant sees it. */
export type BarrierCall = {
  readonly sagaId: string;
  /** The step whose action or compensation this is; a compensation carries the name of the step it undoes. */
  readonly step: string;
  readonly direction: Direction;
  /**
   * Digest of the part of the request that decides its effect: the same for every attempt, different for another
   * request.
   */
  readonly fingerprint: string;
  /** Fencing token of the driver; 0 when the caller has none. */
  readonly epoch: number;
  readonly atMs: number;
};

/** What a participant answers for ever: it was done, or its business "no". Survives a round trip through JSON. */
export type StoredAnswer<Done> =
  | { readonly kind: 'done'; readonly value: Done }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * - `answered`: the answer, which is stored; `replayed` when it was stored before this call.
 * - `stale`: a driver with a higher epoch has called; nothing was done, and the caller must stop.
 * - `otherRequest`: the key belongs to a different request; nothing was done.
 */
export type Verdict<Done> =
  | { readonly kind: 'answered'; readonly answer: StoredAnswer<Done>; readonly replayed: boolean }
  | { readonly kind: 'stale'; readonly newestEpoch: number }
  | { readonly kind: 'otherRequest' };

/** Why a late action takes no effect. */
export const alreadyCompensated: Refusal = {
  code: 'already_compensated',
  message: 'the compensation came first; this action takes no effect',
};

/**
 * Makes writes of sagas idempotent, inside the transaction of their effect. After dtm's sub-transaction barrier,
 * https://en.dtm.pub/practice/barrier.html.
 *
 * Every operation of a program that takes effect for a saga is one call of `once`. The key is (saga, step,
 * direction), and the unique row decides, never a check before it:
 * - the first call inserts the row, runs its effect and stores the answer, "no" included;
 * - a repeated call finds the row and gets that answer;
 * - a compensation also inserts the row of its action, answered {@link alreadyCompensated}. If the action was here
 *   before, that insert does nothing. If it was not, that row is the tombstone: the late action is a repeated call.
 *
 * A saga's fence is the highest epoch among its rows, so it costs no table and no write of its own. A call that has no
 * epoch counts as epoch 0: it is served while no driver with epochs has called for the saga, and refused after that.
 */
export type Barrier = {
  /** Runs `effect` in the current write transaction, unless the call was answered before or must not be answered. */
  once<Done>(call: BarrierCall, effect: () => StoredAnswer<Done>): Verdict<Done>;
  /** Changes nothing. True: `once` would run the effect now. False: it would not, and never will for this call. */
  isOpen(call: BarrierCall): boolean;
  /** The verdict on a call that is not open. A write, because it raises the fence as `once` does. */
  replay<Done>(call: BarrierCall): Verdict<Done>;
};

/** Schema of the barrier; belongs in the first migration of every program that uses it. */
export const barrierSchema = `
  CREATE TABLE barrier (
    saga_id TEXT NOT NULL,
    step TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('action', 'compensation')),
    fingerprint TEXT,        -- NULL for a tombstone: whatever the late action asks, this is its answer
    answer TEXT,             -- JSON; NULL only while the transaction that inserts the row is running
    epoch INTEGER NOT NULL,  -- highest that called with this key
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (saga_id, step, direction)
  ) STRICT, WITHOUT ROWID;`;

type Row = { readonly fingerprint: string | null; readonly answer: string; readonly epoch: number };

export function createBarrier(database: Database): Barrier {
  const claim = database.prepare<[BarrierCall]>(`
    INSERT INTO barrier (saga_id, step, direction, fingerprint, epoch, at_ms)
    SELECT @sagaId, @step, @direction, @fingerprint, @epoch, @atMs
    WHERE @epoch >= (SELECT coalesce(max(epoch), 0) FROM barrier WHERE saga_id = @sagaId)
    ON CONFLICT DO NOTHING`);
  const insertTombstone = database.prepare<[BarrierCall & { readonly answer: string }]>(`
    INSERT INTO barrier (saga_id, step, direction, answer, epoch, at_ms)
    VALUES (@sagaId, @step, 'action', @answer, @epoch, @atMs)
    ON CONFLICT DO NOTHING`);
  const ofKey = 'WHERE saga_id = @sagaId AND step = @step AND direction = @direction';
  const store = database.prepare<[BarrierCall & { readonly answer: string }]>(
    `UPDATE barrier SET answer = @answer ${ofKey}`,
  );
  const find = database.prepare<[BarrierCall], Row>(
    `SELECT fingerprint, answer, epoch FROM barrier ${ofKey}`,
  );
  const raise = database.prepare<[BarrierCall]>(`UPDATE barrier SET epoch = @epoch ${ofKey}`);
  const fence = database
    .prepare<[string], number>('SELECT coalesce(max(epoch), 0) FROM barrier WHERE saga_id = ?')
    .pluck();
  const tombstone = JSON.stringify({
    kind: 'refused',
    refusal: alreadyCompensated,
  } satisfies StoredAnswer<never>);

  function replay<Done>(call: BarrierCall): Verdict<Done> {
    const newestEpoch = fence.get(call.sagaId) ?? 0;
    if (call.epoch < newestEpoch) return { kind: 'stale', newestEpoch };
    const row = find.get(call);
    if (row === undefined)
      throw new Error(`saga ${call.sagaId}: ${call.step} ${call.direction} has no answer`);
    if (row.fingerprint !== null && row.fingerprint !== call.fingerprint) return { kind: 'otherRequest' };
    if (row.epoch < call.epoch) raise.run(call);
    return { kind: 'answered', answer: JSON.parse(row.answer) as StoredAnswer<Done>, replayed: true };
  }

  return {
    once(call, effect) {
      if (claim.run(call).changes === 0) return replay(call);
      if (call.direction === 'compensation') insertTombstone.run({ ...call, answer: tombstone });
      const answer = effect();
      store.run({ ...call, answer: JSON.stringify(answer) });
      return { kind: 'answered', answer, replayed: false };
    },
    isOpen: (call) => call.epoch >= (fence.get(call.sagaId) ?? 0) && find.get(call) === undefined,
    replay,
  };
}
