import { setTimeout as sleep } from 'node:timers/promises';
import { arrivals, offeredPerSecond, type RateStep, totalMsOf } from './arrivals.ts';
import { readGatewayCounters } from './gateway-counters.ts';
import type { LoadReport } from './load-report.ts';
import { createOrderMix, type OrderMix, orderBody } from './order-mix.ts';
import { createPostPool, type PostPool } from './post-pool.ts';
import type { Reply } from './reply-parser.ts';
import { createTally, type Tally } from './tally.ts';
import { createCompletionWatch } from './watch-completion.ts';

/** The load to send, and how to watch what becomes of it. */
export type LoadPlan = {
  /** `http://host:port` of the gateway. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly steps: readonly RateStep[];
  /** Warm-up at the first rate. Its orders are counted, but left out of latencies and rates. Default 0. */
  readonly warmUpMs?: number;
  readonly mix: OrderMix;
  /** Most connections for orders at once. */
  readonly connections: number;
  /** Orders a second whose completion is watched by their event stream. */
  readonly watchPerSecond: number;
  /** How long to wait afterwards for sagas to end. */
  readonly drainMs: number;
  /** Starts the idempotency keys of this run; unique. */
  readonly runId: string;
  readonly onProgress?: (progress: LoadProgress) => void;
};

export type LoadProgress = {
  readonly elapsedMs: number;
  readonly totalMs: number;
  readonly sent: number;
  readonly accepted: number;
  readonly shed: number;
  readonly failed: number;
  readonly outstanding: number;
};

/** Beyond this many requests without an answer the rest of the load is not sent, and counted as such. */
const maxOutstanding = 20_000;
const progressEveryMs = 200;
const drainPollMs = 50;

/**
 * Sends orders when they are due, whether or not earlier ones are answered, and waits until every saga has ended.
 *
 * @throws Error when the gateway's metrics cannot be read: without them nobody knows what has ended
 */
export async function runLoad(plan: LoadPlan): Promise<LoadReport> {
  const { hostname: host, port } = new URL(plan.url);
  const { token, connections } = plan;
  const pool = createPostPool({ host, port: Number(port || 80), path: '/orders', token, connections });
  const completion = createCompletionWatch(plan.url, token);
  const tally = createTally();
  const cpu = process.cpuUsage();
  try {
    const before = await readGatewayCounters(plan.url, token);
    const startedAt = performance.now();
    const from = await sendAll(plan, { pool, tally, watch: completion.watch });
    const sentMs = performance.now() - startedAt;
    const to = await readAt(plan);
    await tally.settled();
    const drained = await drain(plan);
    const { user, system } = process.cpuUsage(cpu);
    return {
      ...tally.report(),
      offeredPerSecond: offeredPerSecond(plan.steps),
      sendSeconds: sentMs / 1_000,
      finishedPerSecond: (to.finished - from.finished) / ((to.atMs - from.atMs) / 1_000),
      finished: drained.finished - before.finished,
      unfinished: drained.unfinished,
      halted: drained.halted - before.halted,
      drainSeconds: (performance.now() - to.atMs) / 1_000,
      generatorCpuMicrosPerOrder: (user + system) / Math.max(1, tally.counts().sent),
    };
  } finally {
    completion.close();
    pool.close();
  }
}

type Tools = {
  readonly pool: PostPool;
  readonly tally: Tally;
  readonly watch: ReturnType<typeof createCompletionWatch>['watch'];
};

type Reading = { readonly finished: number; readonly atMs: number };

/** How many sagas have ended, and when that was. */
async function readAt({ url, token }: LoadPlan): Promise<Reading> {
  const askedMs = performance.now();
  const { finished } = await readGatewayCounters(url, token);
  return { finished, atMs: (askedMs + performance.now()) / 2 };
}

/** @returns how many had ended when the warm-up was over */
async function sendAll(plan: LoadPlan, { pool, tally, watch }: Tools): Promise<Reading> {
  const { warmUpMs = 0, steps } = plan;
  const nextKind = createOrderMix(plan.mix);
  const allSteps = [{ perSecond: steps[0]?.perSecond ?? 0, durationMs: warmUpMs }, ...steps];
  const totalMs = totalMsOf(allSteps);
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;
  let nextWatchMs = 0;
  let nextProgressMs = 0;
  let number = 0;

  function send(dueMs: number): void {
    number += 1;
    if (tally.counts().outstanding >= maxOutstanding) {
      tally.notSent();
      return;
    }
    const isMeasured = dueMs >= warmUpMs;
    const isWatched = isMeasured && plan.watchPerSecond > 0 && dueMs >= nextWatchMs;
    if (isWatched) nextWatchMs = dueMs + 1_000 / plan.watchPerSecond;
    const order = pool.post(`${plan.runId}-${number}`, orderBody(nextKind(), number));
    tally.sent(
      order.then(
        async (reply) => {
          tally.answered(reply, isMeasured ? elapsed() - dueMs : undefined);
          if (isWatched && reply.status === 201) await follow(reply, dueMs);
        },
        () => tally.broken(),
      ),
    );
  }

  async function follow({ body }: Reply, dueMs: number): Promise<void> {
    const { id } = JSON.parse(body) as { readonly id: string };
    if ((await watch(id)) === 'finished') tally.complete.record(elapsed() - dueMs);
    else tally.lostSight();
  }

  function report(): void {
    if (elapsed() < nextProgressMs) return;
    nextProgressMs = elapsed() + progressEveryMs;
    plan.onProgress?.({ elapsedMs: elapsed(), totalMs, ...tally.counts() });
  }

  let from: Promise<Reading> | undefined;
  for (const dueMs of arrivals(allSteps)) {
    for (let aheadMs = dueMs - elapsed(); aheadMs > 0; aheadMs = dueMs - elapsed()) {
      report();
      await sleep(Math.min(progressEveryMs, aheadMs));
    }
    if (dueMs >= warmUpMs) {
      from ??= readAt(plan);
      tally.lateness.record(elapsed() - dueMs);
    }
    send(dueMs);
  }
  const restMs = totalMs - elapsed();
  if (restMs > 0) await sleep(restMs);
  return from ?? readAt(plan);
}

/** Waits until no saga is under way, or for as long as the plan allows. */
async function drain({ url, token, drainMs }: LoadPlan): ReturnType<typeof readGatewayCounters> {
  const untilMs = performance.now() + drainMs;
  for (;;) {
    const counters = await readGatewayCounters(url, token);
    if (counters.unfinished === 0 || performance.now() > untilMs) return counters;
    await sleep(drainPollMs);
  }
}
