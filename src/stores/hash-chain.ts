import { hash } from 'node:crypto';

/** What the hash of one log row covers, as it is stored. */
export type ChainedRow = {
  readonly seq: number;
  readonly epoch: number;
  readonly atMs: number;
  readonly traceId: string;
  readonly spanId: string;
  /** The event as JSON on one line, exactly as stored. */
  readonly data: string;
};

/** The end of the log according to the saga's own row. Without it, a log that lost its tail would look whole. */
export type ChainHead = { readonly seq: number; readonly hash: string };

/** Stands for the hash before the first row. */
export const NO_HASH = '0'.repeat(64);

/** First line of the hashed bytes; another number would mean another layout. */
const LAYOUT = 'ordersaga-log-1';

/**
 * SHA-256 in lower-case hex over these UTF-8 lines, joined by one line feed and without one at the end:
 *
 * ```text
 * ordersaga-log-1
 * <hash of the previous row of this saga, or 64 zeros>
 * <seq, decimal>
 * <epoch, decimal>
 * <time in milliseconds since the Unix epoch, decimal>
 * <trace id>
 * <span id>
 * <the event's JSON, byte for byte as stored>
 * <saga id>
 * ```
 *
 * JSON written on one line holds no raw line feed, and the saga id comes last, so no two rows share their bytes. An
 * auditor needs no JSON library: `printf '%s\n…%s' … | sha256sum` recomputes it.
 */
export function rowHash(sagaId: string, prevHash: string, row: ChainedRow): string {
  const { seq, epoch, atMs, traceId, spanId, data } = row;
  return hash(
    'sha256',
    `${LAYOUT}\n${prevHash}\n${seq}\n${epoch}\n${atMs}\n${traceId}\n${spanId}\n${data}\n${sagaId}`,
  );
}

/**
 * What is wrong with the log of one saga, for an operator, or undefined when it is whole: seq from 1 without gaps,
 * an epoch that never falls, every hash recomputed, and the end that the saga's row speaks of.
 *
 * @param rows all rows of the saga in the order of seq
 */
export function chainProblem(
  sagaId: string,
  rows: readonly (ChainedRow & { readonly hash: string })[],
  head: ChainHead,
): string | undefined {
  let prevHash = NO_HASH;
  let epoch = 0;
  for (const [index, row] of rows.entries()) {
    if (row.seq !== index + 1) return `seq ${index + 1} is missing, ${row.seq} comes next`;
    if (row.epoch < epoch) return `the epoch falls from ${epoch} to ${row.epoch} at seq ${row.seq}`;
    if (row.hash !== rowHash(sagaId, prevHash, row))
      return `the hash of seq ${row.seq} does not match its row`;
    prevHash = row.hash;
    epoch = row.epoch;
  }
  if (rows.length !== head.seq) return `it ends at seq ${rows.length}, its saga's row says ${head.seq}`;
  return prevHash === head.hash ? undefined : "its last hash is not the one in its saga's row";
}
