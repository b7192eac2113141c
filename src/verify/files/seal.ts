import { createHash } from 'node:crypto';
import type { Database } from '../../stores/sqlite/program.ts';
import type { Violation } from '../books.ts';
import { CannotCheck } from '../cannot-check.ts';
import { oldestIdOf } from '../order-ids.ts';
import { inOneView, type LogFiles } from './archive-book.ts';
import { mergeById } from './merge-sagas.ts';

/**
 * Digests of the finished sagas of a log, to be kept elsewhere. Whoever can write the databases can compute their hash
 * chains anew, but cannot make a changed log fit a seal out of reach.
 */
export type Seal = {
  readonly format: typeof sealFormat;
  /** Identity of the log that was sealed. */
  readonly log: string;
  /** RFC 3339, UTC. */
  readonly sealed_at: string;
  /** How many sagas it covers. */
  readonly sagas: number;
  /** Older than the newest of them and not finished then, so it does not cover them. */
  readonly unfinished: readonly string[];
  /** Consecutive ranges of ids, so that a check can say where a change is. */
  readonly blocks: readonly SealedBlock[];
};

export type SealedBlock = {
  /** Id of its last saga. The first one is the next after the block before. */
  readonly through: string;
  readonly sagas: number;
  /** SHA-256, in hexadecimal, over a line `ID HEAD_HASH` for each of its sagas, in the order of ids. */
  readonly sha256: string;
};

type FinishedSaga = { readonly id: string; readonly headHash: string };

/** Another number would mean other digests. */
export const sealFormat = 'ordersaga-seal-1';
const sagasOfBlock = 1_000;
/** An order with a younger id may still be on its way into the log, and would look like one that was added later. */
const settledAfterMs = 10_000;

/** Seals what has finished by now, except for orders of the last ten seconds. */
export const takeSeal = (files: LogFiles, nowMs: number): Seal =>
  inOneView(files, (archive): Seal => {
    const blocks: SealedBlock[] = [];
    let sagas: FinishedSaga[] = [];
    for (const saga of finishedSagas(files.saga, archive, oldestIdOf(nowMs - settledAfterMs))) {
      sagas.push(saga);
      if (sagas.length < sagasOfBlock) continue;
      blocks.push(blockOf(sagas));
      sagas = [];
    }
    if (sagas.length > 0) blocks.push(blockOf(sagas));
    return {
      format: sealFormat,
      log: identityOf(files.saga),
      sealed_at: new Date(nowMs).toISOString(),
      sagas: blocks.reduce((sum, block) => sum + block.sagas, 0),
      unfinished: unfinishedSagas(files.saga, blocks.at(-1)?.through ?? ''),
      blocks,
    };
  });

/**
 * What is no longer as it was sealed.
 *
 * @throws CannotCheck when another log was sealed
 */
export function breachesOf(seal: Seal, files: LogFiles): readonly Violation[] {
  if (seal.log !== identityOf(files.saga))
    throw new CannotCheck(
      `The seal of ${seal.sealed_at} belongs to another saga log than ${files.saga.name}. Name the seal that was written for this one.`,
    );
  return inOneView(files, (archive) => {
    const left = new Set(seal.unfinished);
    const sagas = finishedSagas(files.saga, archive, seal.blocks.at(-1)?.through ?? '');
    let next = sagas.next();
    return seal.blocks.flatMap((block): Violation[] => {
      const found: FinishedSaga[] = [];
      for (; !next.done && next.value.id <= block.through; next = sagas.next())
        if (!left.has(next.value.id)) found.push(next.value);
      const message = breachText(block, found);
      return message === undefined
        ? []
        : [{ invariant: 'I10', message: `${message}; sealed ${seal.sealed_at}` }];
    });
  });
}

function breachText(block: SealedBlock, found: readonly FinishedSaga[]): string | undefined {
  const sealed = `the ${block.sagas} sealed orders that end with ${block.through}`;
  if (found.length < block.sagas) return `of ${sealed}, ${found.length} are there`;
  if (found.length > block.sagas)
    return `among ${sealed} are ${found.length - block.sagas} that were not there`;
  return sha256Of(found) === block.sha256 ? undefined : `the log was changed within ${sealed}`;
}

const blockOf = (sagas: readonly FinishedSaga[]): SealedBlock => ({
  through: sagas.at(-1)?.id ?? '',
  sagas: sagas.length,
  sha256: sha256Of(sagas),
});

function sha256Of(sagas: readonly FinishedSaga[]): string {
  const hash = createHash('sha256');
  for (const { id, headHash } of sagas) hash.update(`${id} ${headHash}\n`);
  return hash.digest('hex');
}

const identityOf = (saga: Database): string =>
  saga.prepare<[], string>('SELECT identity FROM log_identity').pluck().get() ?? '';

const unfinishedSagas = (saga: Database, throughId: string): readonly string[] =>
  saga
    .prepare<[string], string>(
      `SELECT id FROM saga WHERE status IN ('running', 'compensating', 'halted') AND id <= ? ORDER BY id`,
    )
    .pluck()
    .all(throughId);

/** In the order of ids. One that is in both, because it is being moved, is shown as the archive will keep it. */
const finishedSagas = (
  saga: Database,
  archive: Database | undefined,
  throughId: string,
): Generator<FinishedSaga, undefined> =>
  mergeById(finishedIn(saga, throughId), finishedIn(archive, throughId), {
    idOf: ({ id }) => id,
    once: (_, archived) => [archived],
  });

function* finishedIn(database: Database | undefined, throughId: string): Generator<FinishedSaga, undefined> {
  const rows = database
    ?.prepare<[string], FinishedSaga>(
      `SELECT id, head_hash AS headHash FROM saga
       WHERE id <= ? AND status IN ('completed', 'compensated') ORDER BY id`,
    )
    .iterate(throughId);
  if (rows !== undefined) yield* rows;
}
