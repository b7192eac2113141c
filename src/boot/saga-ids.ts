import { v7 } from 'uuid';

/**
 * Makes UUIDv7s that sort in the order they were made, even within a millisecond. Like `v7()` without arguments, except
 * that it asks the system for randomness once in 256 ids: asking took longer than all the rest of making an id.
 */
export function createSagaIds(deps: {
  readonly now: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
}): () => string {
  const size = 16;
  let pool: Uint8Array = new Uint8Array(0);
  let used = 0;
  let msecs = 0;
  let seq = 0;
  return () => {
    if (used + size > pool.length) {
      pool = deps.randomBytes(size * 256);
      used = 0;
    }
    const random = pool.subarray(used, used + size);
    used += size;
    const nowMs = deps.now();
    if (nowMs > msecs) {
      msecs = nowMs;
      // 31 random bits, so that the count has room to grow.
      seq = Buffer.from(random).readUInt32BE() >>> 1;
    } else seq += 1;
    return v7({ random, msecs, seq });
  };
}
