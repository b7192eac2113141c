// Load for every engine, in a process of its own. An order counts when it has ended: every engine is asked so that it
// answers at the end, ordersaga with `Prefer: wait`. The first two seconds, in which connections open and this process is
// not compiled yet, are in no figure.
//
//   node bench/peers/peer-load.ts URL closed CLIENTS SECONDS     so many orders under way, always
//   node bench/peers/peer-load.ts URL open RATE SECONDS          arrivals at a constant rate
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { arrivals } from '../../src/load/arrivals.ts';
import { createLatency } from '../../src/load/latency.ts';
import { orderBody } from '../../src/load/order-mix.ts';
import { createPostPool } from '../../src/load/post-pool.ts';

const [address = '', form = 'closed', amount = '64', seconds = '5'] = process.argv.slice(2);
const { hostname: host, port, pathname: path } = new URL(address);
const durationMs = Number(seconds) * 1_000;
const connections = form === 'closed' ? Number(amount) : 128;
const pool = createPostPool({ host, port: Number(port), path, connections, headers: { Prefer: 'wait=30' } });
const latency = createLatency();
const leadMs = 2_000;
const runId = randomUUID();
const problems: string[] = [];
let number = 0;
let finished = 0;

const startedAt = performance.now();
const endsAt = startedAt + leadMs + durationMs;

async function send(dueAt: number): Promise<void> {
  number += 1;
  const { status, body } = await pool.post(`${runId}-${number}`, orderBody('happy', number));
  const endedAt = performance.now();
  if (status >= 200 && status < 300 && body.includes('CONFIRMED')) {
    if (endedAt >= startedAt + leadMs && endedAt < endsAt) finished += 1;
    if (dueAt >= startedAt + leadMs) latency.record(endedAt - dueAt);
  } else if (problems.length < 3) problems.push(`${status} ${body}`);
}

async function client(): Promise<void> {
  while (performance.now() < endsAt) await send(performance.now());
}

async function arrive(): Promise<void> {
  const open: Promise<void>[] = [];
  for (const dueMs of arrivals([{ perSecond: Number(amount), durationMs: leadMs + durationMs }])) {
    const aheadMs = startedAt + dueMs - performance.now();
    if (aheadMs > 0) await sleep(aheadMs);
    open.push(send(startedAt + dueMs));
  }
  await Promise.all(open);
}

if (form === 'closed') await Promise.all(Array.from({ length: Number(amount) }, client));
else await arrive();
const perSecond = finished / Number(seconds);
pool.close();
process.stdout.write(`${JSON.stringify({ perSecond, finished, complete: latency.summary(), problems })}\n`);
