import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Capacity } from '../../src/load/find-capacity.ts';
import { readGatewayCounters } from '../../src/load/gateway-counters.ts';
import { isClean, type LoadReport } from '../../src/load/load-report.ts';
import { outputOf } from './child.ts';
import { bin } from './system.ts';

export type Rate = {
  readonly perSecond: number;
  readonly seconds: number;
  /** How long to send at the same rate first, without measuring. Default 0. */
  readonly warmUpSeconds?: number;
  /** Orders a second whose end is seen on their event stream. Default 0. */
  readonly watched?: number;
  /** The most connections at once. Default 64. */
  readonly connections?: number;
};

/**
 * `ordersaga load` at a constant rate, in a process of its own, until every saga has ended.
 *
 * @throws Error unless every order was answered 201 or 503 and every accepted one has ended
 */
export async function offer(
  url: string,
  { perSecond, seconds, warmUpSeconds = 0, watched = 0, connections = 64 }: Rate,
): Promise<LoadReport> {
  const rate = [
    '--rate',
    `${Math.round(perSecond)}`,
    '--duration',
    `${seconds}`,
    '--warm-up',
    `${warmUpSeconds}`,
  ];
  const how = ['--watch-rate', `${watched}`, '--connections', `${connections}`];
  // Exit code 1 says that something was not as it should be; the report says what.
  const text = await outputOf(
    process.execPath,
    [bin, 'load', '--url', url, '--json', ...rate, ...how],
    [0, 1],
  );
  if (text === '') throw new Error('ordersaga load failed');
  const report = JSON.parse(text) as LoadReport;
  // Orders that the generator held back are nobody's fault where the load is meant to be too much.
  if (!isClean({ ...report, notSent: 0 })) {
    const { failed, unfinished, halted, accepted, finished, surprises } = report;
    throw new Error(
      `the load went wrong: ${JSON.stringify({ failed, unfinished, halted, accepted, finished, surprises })}`,
    );
  }
  return report;
}

/** The highest rate that is sustained, by `ordersaga load --find-capacity`; about twelve runs of `seconds`. */
export async function findKnee(url: string, seconds: number): Promise<number> {
  const flags = ['--find-capacity', '--rate', '200', '--duration', `${seconds}`, '--watch-rate', '0'];
  const text = await outputOf(process.execPath, [bin, 'load', '--url', url, '--json', ...flags], [0, 1]);
  return (JSON.parse(text) as Capacity).kneePerSecond;
}

export type Saturation = {
  readonly finishedPerSecond: number;
  /** All that ended, including during the start and the end of the load. */
  readonly finished: number;
};

/**
 * Finished orders a second with 400 orders under way all the time: what the system can do when it always has work and
 * never more than it can hold. Steadier than the search for a rate, and the way the peers are measured. Resolves when
 * every order has ended. Sets no stock: `offer` something first.
 */
export async function saturate(url: string, seconds: number): Promise<Saturation> {
  const { finished: before } = await readGatewayCounters(url, undefined);
  const script = new URL('saturate.ts', import.meta.url).pathname;
  const node = ['--disable-warning=ExperimentalWarning', script];
  const text = await outputOf(process.execPath, [...node, url, '400', `${seconds}`]);
  await untilIdle(url);
  const { finished: after } = await readGatewayCounters(url, undefined);
  const { perSecond } = JSON.parse(text) as { readonly perSecond: number };
  return { finishedPerSecond: perSecond, finished: after - before };
}

/** Waits until no saga is under way. @throws Error when that takes longer than five minutes */
async function untilIdle(url: string): Promise<void> {
  const untilMs = performance.now() + 300_000;
  for (;;) {
    const { unfinished } = await readGatewayCounters(url, undefined);
    if (unfinished === 0) return;
    if (performance.now() > untilMs) throw new Error(`${unfinished} sagas have not ended in five minutes`);
    await sleep(20);
  }
}

/** @throws Error, with the report, unless stock and money add up */
export async function mustBalance(dataDir: string): Promise<void> {
  await outputOf(process.execPath, [bin, 'verify', '--data-dir', dataDir]);
}
