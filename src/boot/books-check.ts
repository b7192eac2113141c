import { randomUUID } from 'node:crypto';
import type { Config } from '../config.ts';
import type { Clock } from '../engine/clock.ts';
import type { Observer } from '../engine/observer.ts';
import type { Instruments } from '../observability/instruments.ts';
import type { BooksState, Verification, Verifications } from '../services/gateway/verifications.ts';
import { invariantNames } from '../verify/books.ts';
import { CannotCheck } from '../verify/cannot-check.ts';
import { defaultMaxAgeMs } from '../verify/check-order.ts';
import { type SagaReader, startSagaReader } from '../verify/files/saga-reader.ts';
import type { Report } from '../verify/report.ts';
import { type BookClients, listServiceBooks } from '../verify/services/list-books.ts';
import { type CheckedSoFar, verifyServices } from '../verify/services/verify-services.ts';

export type BooksCheckDeps = {
  readonly config: Pick<Config, 'dataDir' | 'sagaDeadlineMs' | 'verifyIntervalMs'>;
  readonly clients: BookClients;
  readonly clock: Pick<Clock, 'now' | 'sleepUntil'>;
  readonly metrics: Pick<Instruments, 'booksBalanced' | 'booksViolations' | 'booksLate' | 'booksCheckedAt'>;
  readonly observer: Pick<Observer, 'trouble'>;
};

/** Checks of the books while the gateway runs: on request, and at regular intervals. */
export type BooksCheck = Verifications & { stop(): Promise<void> };

/** How many checks are kept, so that they can be asked for after they have ended. */
const kept = 4;
/** Pause between two pages of a check that nobody waits for. */
const restMs = 20;

type Run = { readonly maxAgeMs: number; readonly soFar: CheckedSoFar | undefined; readonly restMs: number };

/**
 * A check that is asked for goes through everything. The regular one looks at each order once, when it is finished, so
 * its cost follows the orders that came since and not the history. The first one after a start has the whole history to
 * catch up on, and rests between pages.
 */
export function startBooksCheck(deps: BooksCheckDeps): BooksCheck {
  const { config, clock, metrics, observer } = deps;
  const books = listServiceBooks(deps.clients);
  const runs = new Map<string, Verification>();
  const stopped = new AbortController();
  const maxAgeMs = Math.max(defaultMaxAgeMs, 2 * config.sagaDeadlineMs);
  let running: { readonly id: string; readonly isFull: boolean; readonly ended: Promise<void> } | undefined;
  let soFar: CheckedSoFar | undefined;
  let state: BooksState = 'unknown';
  metrics.booksBalanced.set({}, 1);

  function begin(run: Run): string {
    const id = randomUUID();
    const started = { id, startedAtMs: clock.now(), checked: 0, total: 0 };
    note({ ...started, status: 'running' });
    const before = running?.ended ?? Promise.resolve();
    const ended = before
      .then(() => check(id, run))
      .then(
        (report) => {
          publish(report, run);
          note({ ...latest(id), status: 'done', finishedAtMs: clock.now(), report });
        },
        (error: unknown) => {
          if (!stopped.signal.aborted) observer.trouble('the books could not be checked', { error });
          note({ ...latest(id), status: 'failed', finishedAtMs: clock.now(), problem: problemIn(error) });
        },
      );
    const over = ended.then(() => {
      if (running?.id === id) running = undefined;
    });
    running = { id, isFull: run.soFar === undefined, ended: over };
    return id;
  }

  const latest = (id: string): Verification =>
    runs.get(id) ?? { id, startedAtMs: 0, checked: 0, total: 0, status: 'running' };

  function note(verification: Verification): void {
    runs.delete(verification.id);
    runs.set(verification.id, verification);
    const [oldest] = runs.keys();
    if (runs.size > kept && oldest !== undefined) runs.delete(oldest);
  }

  async function check(id: string, run: Run): Promise<Report> {
    const log = startSagaReader(config.dataDir);
    try {
      const checked = await verifyServices({
        log: untilStopped(log, stopped.signal),
        books,
        nowMs: clock.now(),
        maxAgeMs: run.maxAgeMs,
        ...(run.soFar && { soFar: run.soFar }),
        onProgress: (progress) => note({ ...latest(id), ...progress, status: 'running' }),
        betweenPages: () => clock.sleepUntil(clock.now() + run.restMs, stopped.signal),
      });
      soFar = checked.soFar;
      return checked.report;
    } finally {
      await log.close();
    }
  }

  /** Late orders apart from the rest: in an outage all are, and that stock, money or the log do not add up is another alarm. */
  function publish({ result, checks, late_count: late }: Report, run: Run): void {
    state = result;
    metrics.booksBalanced.set({}, result === 'violated' ? 0 : 1);
    // Somebody who asks for a shorter time wakes nobody.
    if (run.maxAgeMs >= maxAgeMs) metrics.booksLate.set({}, late);
    metrics.booksCheckedAt.set({}, clock.now() / 1_000);
    for (const { invariant, violations } of checks)
      metrics.booksViolations.set({ invariant }, invariant === 'I5' ? violations - late : violations);
  }

  async function repeat(everyMs: number): Promise<void> {
    while (!stopped.signal.aborted) {
      await clock.sleepUntil(clock.now() + everyMs, stopped.signal);
      if (stopped.signal.aborted) return;
      if (running === undefined) begin({ maxAgeMs, soFar, restMs });
      await running?.ended;
    }
  }

  for (const invariant of invariantNames) metrics.booksViolations.set({ invariant }, 0);
  const repeating = config.verifyIntervalMs === 0 ? Promise.resolve() : repeat(config.verifyIntervalMs);
  return {
    start({ maxAgeMs: asked }) {
      const underWay = running?.isFull === true ? running.id : undefined;
      return latest(underWay ?? begin({ maxAgeMs: asked ?? maxAgeMs, soFar: undefined, restMs: 0 }));
    },
    find: (id) => (id === 'latest' ? [...runs.values()].at(-1) : runs.get(id)),
    books: () => state,
    async stop() {
      stopped.abort();
      await running?.ended;
      await repeating;
    },
  };
}

/** The same log, except that reading fails once the signal aborts. */
function untilStopped(log: SagaReader, signal: AbortSignal): SagaReader {
  const live =
    <Args extends readonly unknown[], T>(ask: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      if (signal.aborted) throw new CannotCheck('The gateway is stopping.');
      return ask(...args);
    };
  return {
    count: live(log.count),
    keys: live(log.keys),
    page: live(log.page),
    known: live(log.known),
    close: log.close,
  };
}

const problemIn = (error: unknown): string =>
  error instanceof CannotCheck
    ? error.message
    : 'Something went wrong on the side of the gateway; see its log.';
