import { createLatency, type Latency, type LatencySummary } from './latency.ts';
import type { Reply } from './reply-parser.ts';

/** What became of the orders of a run, as their sender sees it. */
export type OrderCounts = {
  readonly sent: number;
  readonly accepted: number;
  /** Answered 503 or 429: not accepted, to be sent again later. */
  readonly shed: number;
  /** Any other answer, and connections that broke. */
  readonly failed: number;
  readonly outstanding: number;
};

export type TallyReport = Omit<OrderCounts, 'outstanding'> & {
  /** Due orders that were held back because too many had no answer yet. */
  readonly notSent: number;
  /** From the intended moment of sending to the 201. */
  readonly accept: LatencySummary;
  /** From the intended moment of sending to the 503 or 429. */
  readonly refuse: LatencySummary;
  /** From the intended moment of sending to the end as an event stream shows it, of the orders that were watched. */
  readonly complete: LatencySummary;
  /** How late the generator itself was in sending. */
  readonly lateness: LatencySummary;
  /** Watched orders whose end was not seen. */
  readonly lostSight: number;
  /** Bodies of the first answers that no client should get. */
  readonly surprises: readonly string[];
};

/** Counts the orders of one run. */
export type Tally = {
  readonly complete: Latency;
  readonly lateness: Latency;
  counts(): OrderCounts;
  /** A request was sent; `over` never rejects, and resolves when nothing more is expected of it. */
  sent(over: Promise<void>): void;
  /** @param latencyMs undefined when it says nothing */
  answered(reply: Reply, latencyMs: number | undefined): void;
  broken(): void;
  notSent(): void;
  lostSight(): void;
  /** Resolves when nothing more is expected of any request. */
  settled(): Promise<void>;
  report(): TallyReport;
};

const maxSurprises = 5;

export function createTally(): Tally {
  const accept = createLatency();
  const refuse = createLatency();
  const complete = createLatency();
  const lateness = createLatency();
  const count = { sent: 0, accepted: 0, shed: 0, failed: 0, notSent: 0, lostSight: 0 };
  const open = new Set<Promise<void>>();
  const surprises: string[] = [];
  const answeredCount = (): number => count.accepted + count.shed + count.failed;

  return {
    complete,
    lateness,
    counts: () => ({ ...count, outstanding: count.sent - answeredCount() }),
    sent(over) {
      count.sent += 1;
      open.add(over);
      void over.then(() => open.delete(over));
    },
    answered({ status, body }, latencyMs) {
      if (status === 201) {
        count.accepted += 1;
        if (latencyMs !== undefined) accept.record(latencyMs);
      } else if (status === 503 || status === 429) {
        count.shed += 1;
        if (latencyMs !== undefined) refuse.record(latencyMs);
      } else {
        count.failed += 1;
        if (surprises.length < maxSurprises) surprises.push(`${status} ${body}`);
      }
    },
    broken() {
      count.failed += 1;
    },
    notSent() {
      count.notSent += 1;
    },
    lostSight() {
      count.lostSight += 1;
    },
    async settled() {
      while (open.size > 0) await Promise.all(open);
    },
    report: () => ({
      ...count,
      accept: accept.summary(),
      refuse: refuse.summary(),
      complete: complete.summary(),
      lateness: lateness.summary(),
      surprises,
    }),
  };
}
