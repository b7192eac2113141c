// Load for every engine, in a process of its own. An order counts when it has ended: Restate and DBOS are asked so that
// they answer at the end; ordersaga answers 201 at once, and its event stream, or its count of finished orders, says so.
//
//   node bench/peers/peer-load.ts URL closed CLIENTS SECONDS     so many orders under way, always
//   node bench/peers/peer-load.ts URL counted ORDERS SECONDS     the same, by the gateway's count of finished orders
//   node bench/peers/peer-load.ts URL open RATE SECONDS          arrivals at a constant rate
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { arrivals } from '../../src/load/arrivals.ts';
import { readGatewayCounters } from '../../src/load/gateway-counters.ts';
import { createLatency } from '../../src/load/latency.ts';
import { orderBody } from '../../src/load/order-mix.ts';
import { createPostPool } from '../../src/load/post-pool.ts';
import type { Reply } from '../../src/load/reply-parser.ts';
import { createCompletionWatch } from '../../src/load/watch-completion.ts';

const [address = '', form = 'closed', amount = '64', seconds = '5'] = process.argv.slice(2);
const url = new URL(address);
const durationMs = Number(seconds) * 1_000;
const connections = form === 'closed' ? Number(amount) : 128;
const pool = createPostPool({ host: url.hostname, port: Number(url.port), path: url.pathname, connections });
const completion = createCompletionWatch(url.origin, undefined);
const latency = createLatency();
const runId = randomUUID();
const problems: string[] = [];
let number = 0;
let finished = 0;

const startedAt = performance.now();
const isOver = (): boolean => performance.now() - startedAt > durationMs;

/**
 * Where a number of orders is kept under way, one that was shed is sent again, with the same key, until the time is
 * over. Sooner than Retry-After asks, because these few connections stand for clients of which others would come.
 */
async function post(): Promise<Reply> {
  number += 1;
  const [key, order] = [`${runId}-${number}`, orderBody('happy', number)];
  for (;;) {
    const reply = await pool.post(key, order);
    if (reply.status !== 503 || form === 'open' || isOver()) return reply;
    await sleep(50);
  }
}

/** What the end of the run cut off is neither finished nor a problem. */
function note({ status, body }: Reply): void {
  if (status === 503 && form !== 'open') return;
  if (problems.length < 3) problems.push(`${status} ${body}`);
}

async function send(dueAt: number): Promise<void> {
  const reply = await post();
  const { status, body } = reply;
  const isFinished =
    status === 201
      ? (await completion.watch(JSON.parse(body).id)) === 'finished'
      : status === 200 && body.includes('CONFIRMED');
  if (isFinished) {
    finished += 1;
    latency.record(performance.now() - dueAt);
  } else note(reply);
}

async function client(): Promise<void> {
  while (!isOver()) await send(performance.now());
}

/** Following each order's event stream would cost the gateway as much again as the order. */
async function keepCounted(): Promise<void> {
  const { finished: before } = await readGatewayCounters(url.origin, undefined);
  let accepted = 0;
  const keepPosting = async (): Promise<void> => {
    while (!isOver()) {
      if (number - finished >= Number(amount)) await sleep(5);
      else {
        const reply = await post();
        if (reply.status === 201) accepted += 1;
        else note(reply);
      }
    }
  };
  const count = async (): Promise<void> => {
    while (!isOver()) {
      await sleep(100);
      finished = (await readGatewayCounters(url.origin, undefined)).finished - before;
    }
  };
  await Promise.all([count(), ...Array.from({ length: connections }, keepPosting)]);
  if (accepted < finished) problems.push('somebody else orders here too');
}

async function arrive(): Promise<void> {
  const open: Promise<void>[] = [];
  for (const dueMs of arrivals([{ perSecond: Number(amount), durationMs }])) {
    const aheadMs = startedAt + dueMs - performance.now();
    if (aheadMs > 0) await sleep(aheadMs);
    open.push(send(startedAt + dueMs));
  }
  await Promise.all(open);
}

if (form === 'closed') await Promise.all(Array.from({ length: Number(amount) }, client));
else if (form === 'counted') await keepCounted();
else await arrive();
const perSecond = finished / ((performance.now() - startedAt) / 1_000);
pool.close();
completion.close();
process.stdout.write(`${JSON.stringify({ perSecond, finished, complete: latency.summary(), problems })}\n`);
