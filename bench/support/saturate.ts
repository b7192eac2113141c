// Keeps so many orders under way for a while, in a process of its own, and prints what the gateway finished meanwhile:
//
//   node bench/support/saturate.ts URL ORDERS SECONDS
//
// Until as many as that have ended, and for a second at least, the system fills, and nothing is counted. What is counted
// lies between two readings of the gateway's own count, each with its time, so a reading that is late distorts nothing;
// and both are at a moment when orders have just ended, because they like to end in waves.
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { readGatewayCounters } from '../../src/load/gateway-counters.ts';
import { orderBody } from '../../src/load/order-mix.ts';
import { createPostPool } from '../../src/load/post-pool.ts';

const [address = '', orders = '400', seconds = '5'] = process.argv.slice(2);
const { hostname: host, port, origin } = new URL(address);
const connections = 128;
const pool = createPostPool({ host, port: Number(port), path: '/orders', connections });
const runId = randomUUID();
let [number, accepted, shed, finished] = [0, 0, 0, 0];
let problem: string | undefined;
let isOver = false;

/** A shed order is sent again, sooner than Retry-After asks: these connections stand for clients of which others would come. */
async function post(): Promise<void> {
  number += 1;
  const [key, order] = [`${runId}-${number}`, orderBody('happy', number)];
  while (!isOver) {
    const { status, body } = await pool.post(key, order);
    if (status === 201) {
      accepted += 1;
      return;
    }
    if (status !== 503) {
      problem ??= `${status} ${body}`;
      return;
    }
    shed += 1;
    await sleep(50);
  }
}

async function keepPosting(): Promise<void> {
  while (!isOver && problem === undefined) {
    if (number - finished >= Number(orders)) await sleep(5);
    else await post();
  }
}

type Reading = { readonly atMs: number; readonly finished: number };

async function read(): Promise<Reading> {
  const askedMs = performance.now();
  const counters = await readGatewayCounters(origin, undefined);
  return { atMs: (askedMs + performance.now()) / 2, finished: counters.finished };
}

async function readFor(ms: number, atLeast = 0): Promise<Reading> {
  const untilMs = performance.now() + ms;
  for (;;) {
    await sleep(100);
    const reading = await read();
    const moved = reading.finished - before.finished > finished;
    finished = reading.finished - before.finished;
    if (problem !== undefined) throw new Error(`an order was answered ${problem}`);
    if (moved && finished >= atLeast && performance.now() >= untilMs) return reading;
  }
}

const before = await read();
const posting = Promise.all(Array.from({ length: connections }, keepPosting));
const from = await readFor(1_000, Number(orders));
const to = await readFor(Number(seconds) * 1_000);
isOver = true;
await posting;
pool.close();
const perSecond = (to.finished - from.finished) / ((to.atMs - from.atMs) / 1_000);
process.stdout.write(`${JSON.stringify({ perSecond, accepted, shed })}\n`);
