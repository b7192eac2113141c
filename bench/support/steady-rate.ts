import { setTimeout as sleep } from 'node:timers/promises';
import { readGatewayCounters } from '../../src/load/gateway-counters.ts';

type Reading = { readonly atMs: number; readonly finished: number };

/**
 * Orders finished a second between two readings of the gateway's count: the first `afterMs` after the load showed its
 * first finished order, the second `forMs` later. Call it when the load starts; what a load takes to start, and the
 * system to fill, is not counted.
 *
 * @throws Error when no order has ended after a minute
 */
export async function steadyRate(
  url: string,
  { afterMs, forMs }: { readonly afterMs: number; readonly forMs: number },
): Promise<number> {
  const before = await read(url);
  const untilMs = performance.now() + 60_000;
  while ((await read(url)).finished === before.finished) {
    if (performance.now() > untilMs) throw new Error('no order has ended in a minute of load');
    await sleep(50);
  }
  await sleep(afterMs);
  const from = await read(url);
  await sleep(forMs);
  const to = await read(url);
  return (to.finished - from.finished) / ((to.atMs - from.atMs) / 1_000);
}

async function read(url: string): Promise<Reading> {
  const askedMs = performance.now();
  const { finished } = await readGatewayCounters(url, undefined);
  return { atMs: (askedMs + performance.now()) / 2, finished };
}
