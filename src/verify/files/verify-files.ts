import { availableParallelism } from 'node:os';
import type { StockBook } from '../books.ts';
import { defaultMaxAgeMs } from '../check-order.ts';
import { checkStock } from '../invariants.ts';
import { notesOnNewer, type Report, reportFrom } from '../report.ts';
import { addTally, addViolations, createTally, type Tally } from '../tally.ts';
import { type BookResult, type BookWork, doBookWork } from './book-work.ts';
import type { RangeOptions } from './check-range.ts';
import { judgeCopy } from './copied-files.ts';
import { type BookFiles, bookNames, closeBooks, fileOf, openBooks } from './open-books.ts';
import { readable } from './read-only-book.ts';
import { createReadingGate } from './reading-gate.ts';
import { breachesOf, type Seal, takeSeal } from './seal.ts';
import { type Survey, surveySagas } from './survey.ts';
import { doInThreads } from './verify-threads.ts';

export type VerifyFilesOptions = {
  readonly dataDir: string;
  readonly nowMs: number;
  /** An order that is older and neither finished nor halted is late. Default {@link defaultMaxAgeMs}. */
  readonly maxAgeMs?: number;
  /** What must not have changed since it was sealed. Default: nothing was sealed. */
  readonly seal?: Seal;
  /** Default: one for each processor, four at most; a short history is checked without threads. */
  readonly threads?: number;
  readonly onProgress?: (progress: Progress) => void;
};

/** How far a check has come. */
export type Progress = { readonly checked: number; readonly total: number };

/** Small, so that no read transaction on a running database stays open for long: it keeps the WAL from being reset. */
const rangeSize = 10_000;
/** With fewer sagas, starting threads takes longer than checking. */
const worthThreads = 2 * rangeSize;
const mostThreads = 4;

/**
 * Checks the four databases of a data directory against the invariants. They may be in use, and nothing in them is
 * changed. Needs memory for one order at a time and for what is found.
 *
 * @throws CannotCheck when a file cannot be read, or when the files are copies of different moments
 */
export async function verifyFiles(options: VerifyFilesOptions): Promise<Report> {
  const files = openBooks(options.dataDir);
  try {
    const survey = readable(() => surveySagas(files, options.nowMs, rangeSize));
    const findings = await gather(files, survey, options);
    await judgeCopy({ files, survey, violations: findings.tally.violations });
    return reportFrom({
      ...findings,
      source: 'files',
      asOfMs: survey.asOfMs,
      notes: [...notesOn(survey, findings), ...notesOnSeal(options.seal, findings)],
    });
  } finally {
    closeBooks(files);
  }
}

/**
 * Seals the log of a data directory as it is now. It says nothing about whether the books balance.
 *
 * @throws CannotCheck when a file cannot be read
 */
export function sealFiles(dataDir: string, nowMs: number): Seal {
  const files = openBooks(dataDir);
  try {
    return readable(() => takeSeal(files, nowMs));
  } finally {
    closeBooks(files);
  }
}

async function gather(files: BookFiles, survey: Survey, options: VerifyFilesOptions): Promise<Findings> {
  const { dataDir, maxAgeMs = defaultMaxAgeMs, seal, onProgress } = options;
  const { state, newestId, asOfMs, ranges, sagas: total } = survey;
  const judgement: RangeOptions = { nowMs: asOfMs, maxLiveMs: maxAgeMs, state, newestId };
  const findings: Findings = { tally: createTally(), stock: [], keys: 0 };
  addViolations(findings.tally, survey.violations);
  if (seal !== undefined)
    addViolations(
      findings.tally,
      readable(() => breachesOf(seal, files)),
    );
  let checked = 0;
  const onOrders = (count: number): void => {
    checked += count;
    onProgress?.({ checked, total });
  };
  const onResult = (result: BookResult): void => addResult(findings, result);
  // Stock comes last: what it says is sold must not be older than the orders it was sold to.
  const work: BookWork[] = [
    { kind: 'keys' },
    ...ranges.map((range) => ({ kind: 'range', range }) as const),
    { kind: 'stock' },
  ];
  const threads =
    options.threads ?? (total < worthThreads ? 0 : Math.min(availableParallelism(), mostThreads));
  const gate = createReadingGate({ files: bookNames.map((name) => fileOf(dataDir, name)) });
  if (threads > 0) {
    await doInThreads({ dataDir, options: judgement, work, threads, gate, onOrders, onResult });
    return findings;
  }
  for (const piece of work) {
    await gate.enter();
    onResult(readable(() => doBookWork(files, piece, { ...judgement, onOrders })));
    gate.leave();
  }
  return findings;
}

type Findings = { readonly tally: Tally; stock: readonly StockBook[]; keys: number };

function addResult(findings: Findings, result: BookResult): void {
  switch (result.kind) {
    case 'range':
      addTally(findings.tally, result.tally);
      break;
    case 'keys':
      findings.keys = result.keys;
      addViolations(findings.tally, result.violations);
      break;
    case 'stock':
      findings.stock = result.stock;
      addViolations(findings.tally, checkStock(result.stock, result.held));
      break;
    default:
      result satisfies never;
  }
}

const notesOnSeal = (seal: Seal | undefined, { tally }: Findings): readonly string[] =>
  seal === undefined || tally.violationCounts.I10 > 0
    ? []
    : [`The ${seal.sagas} finished orders sealed at ${seal.sealed_at} are as they were.`];

function notesOn({ state, asOfMs, archived }: Survey, { tally }: Findings): string[] {
  const open = tally.sagas.running + tally.sagas.compensating;
  const at = new Date(asOfMs).toISOString();
  return [
    ...(state !== 'live' && open > 0
      ? [
          `No gateway runs on these files; it last showed life at ${at}. Unfinished orders go on when one is started.`,
        ]
      : []),
    ...(archived > 0 ? [`${archived} of the finished orders were read from saga-archive.db.`] : []),
    ...notesOnNewer(tally),
  ];
}
