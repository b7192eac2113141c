// Keeps a number of orders under way for a while, in a process of its own, and prints how many of them ended:
//
//   node bench/support/saturate.ts URL ORDERS SECONDS
//
// Each client asks to be answered at the end of its order, and sends the next one then. What ends in the first second, or
// before as many as that have ended, is not counted: the system fills.
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { orderBody } from '../../src/load/order-mix.ts';
import { createPostPool } from '../../src/load/post-pool.ts';
import type { Reply } from '../../src/load/reply-parser.ts';

const [address = '', orders = '400', seconds = '5'] = process.argv.slice(2);
const { hostname: host, port } = new URL(address);
const connections = Number(orders);
const headers = { Prefer: 'wait=60' };
const pool = createPostPool({ host, port: Number(port), path: '/orders', connections, headers });
const runId = randomUUID();
let [number, finished] = [0, 0];
let problem: string | undefined;
let isOver = false;

/** A shed order is sent again, sooner than Retry-After asks: this client stands for others that would come. */
async function order(): Promise<void> {
  number += 1;
  const [key, body] = [`${runId}-${number}`, orderBody('happy', number)];
  for (;;) {
    const reply = await pool.post(key, body);
    if (reply.status !== 503 || isOver) return note(reply);
    await sleep(50);
  }
}

function note({ status, body }: Reply): void {
  if (status === 201 && body.includes('CONFIRMED')) finished += 1;
  else if (status !== 503) problem ??= `an order was answered ${status} ${body}`;
}

async function client(): Promise<void> {
  while (!isOver && problem === undefined) await order();
}

const clients = Promise.all(Array.from({ length: connections }, client));
const fullFrom = performance.now() + 1_000;
while (problem === undefined && (performance.now() < fullFrom || finished < connections)) await sleep(20);
const from = { atMs: performance.now(), finished };
await sleep(Number(seconds) * 1_000);
const to = { atMs: performance.now(), finished };
isOver = true;
await clients;
pool.close();
if (problem !== undefined) throw new Error(problem);
const perSecond = (to.finished - from.finished) / ((to.atMs - from.atMs) / 1_000);
process.stdout.write(`${JSON.stringify({ perSecond })}\n`);
