import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createGatewayClient } from '../../src/cli/gateway-client.ts';
import { openReadOnly } from '../../src/stores/sqlite/open-file.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

// Each a word that occurs nowhere else, so that a search through everything finds where it went.
const token = 'canary-token-7f3a9c51e2';
const wrongToken = 'canary-wrong-token-5b1d';
const customer = 'canary-customer-88d2';
const key = 'canary-key-4e6f';

let directory = '';
let collector: Server;
const exported: string[] = [];
const problems: string[] = [];
let service: ServiceProcess;
let metrics = '';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ordersaga-canary-'));
  const tokensFile = join(directory, 'tokens.json');
  writeFileSync(tokensFile, JSON.stringify([{ name: 'shop', token, scopes: ['operator'] }]), { mode: 0o600 });
  collector = await startCollector();
  service = await startServiceProcess({
    args: [
      ...['http', 'order', 'inventory', 'payment', 'saga'].flatMap((name) => [`--${name}-port`, '0']),
      ...['--data-dir', join(directory, 'data'), '--tokens', tokensFile],
      ...['--log-level', 'trace', '--log-format', 'json'],
    ],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
  });
  await useShop(service.ready.http?.url ?? '');
  service.signal('SIGTERM');
  await service.exited;
});
afterAll(() => {
  service.signal('SIGKILL');
  collector.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Keeps every body as text: whatever a span or a metric says is in there. */
async function startCollector(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    exported.push(Buffer.concat(chunks).toString());
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Orders that succeed and orders that fail in every way that a client can bring about. */
async function useShop(url: string): Promise<void> {
  const shop = createGatewayClient({ url, token });
  const orderOf = (product_id: string, price: number) => ({
    customer_id: customer,
    items: [{ product_id, quantity: 1, price }],
  });
  const orders = [orderOf('prod_1', 50), orderOf('prod_1', 600), orderOf('prod_3', 1)];
  for (const [index, order] of orders.entries()) {
    const { order: placed } = await shop.submitOrder(order, `${key}-${index}`);
    for await (const _ of shop.events(placed.id, 0, AbortSignal.timeout(60_000)));
  }
  const authorization = `Bearer ${token}`;
  const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': `${key}-0` };
  const post = (body: unknown, more: Readonly<Record<string, string>> = {}) =>
    failing(`${url}/orders`, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  await post(orderOf('prod_2', 1));
  await post(orderOf('prod_2', -1));
  await post({ customer_id: customer });
  await post(`{"customer_id": "${customer}"`);
  await post(orderOf('prod_2', 1), { authorization: `Bearer ${wrongToken}` });
  await failing(`${url}/orders?access_token=${token}`, { headers });
  // A problem names the path that it is about, to whoever sent it and nobody else.
  await fetch(`${url}/orders/${token}`, { headers: { authorization } });
  metrics = await (await fetch(`${url}/metrics`, { headers: { authorization } })).text();
}

async function failing(url: string, init: RequestInit): Promise<void> {
  const response = await fetch(url, init);
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(response.status).toBeLessThan(500);
  problems.push(`${JSON.stringify([...response.headers])}\n${await response.text()}`);
}

/** Where a word is in the databases, as `database.table.column`. */
function placesOf(word: string): readonly string[] {
  const places = new Set<string>();
  for (const name of ['saga', 'order', 'inventory', 'payment']) {
    const database = openReadOnly(join(directory, 'data', `${name}.db`));
    const tables = database
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .pluck()
      .all();
    for (const table of tables) {
      for (const row of database.prepare<[], Record<string, unknown>>(`SELECT * FROM "${table}"`).all()) {
        for (const [column, value] of Object.entries(row))
          if (String(value).includes(word)) places.add(`${name}.${table}.${column}`);
      }
    }
    database.close();
  }
  return [...places].sort();
}

it('left tokens in no log, span, metric or answer', () => {
  const sinks = { log: service.log(), exported: exported.join('\n'), metrics, problems: problems.join('\n') };
  for (const [name, text] of Object.entries(sinks)) {
    expect([name, text.length > 200]).toEqual([name, true]);
    for (const word of [token, wrongToken]) expect([name, text.includes(word)]).toEqual([name, false]);
  }
});

it('left tokens in no file', () => {
  const data = join(directory, 'data');
  for (const file of readdirSync(data))
    for (const word of [token, wrongToken])
      expect([file, readFileSync(join(data, file)).includes(word)]).toEqual([file, false]);
});

it('left customers and idempotency keys in no log, span, metric or problem', () => {
  const sinks = { log: service.log(), exported: exported.join('\n'), metrics, problems: problems.join('\n') };
  for (const [name, text] of Object.entries(sinks))
    for (const word of [customer, key]) expect([name, text.includes(word)]).toEqual([name, false]);
});

it('stored customers with what belongs to their order, and keys with their answers', () => {
  expect(placesOf(customer)).toEqual([
    'order.barrier.answer',
    'order.orders.customer_id',
    'payment.payment.customer_id',
    'saga.idempotency.answer',
    'saga.saga_log.data',
  ]);
  expect(placesOf(key)).toEqual(['saga.idempotency.key']);
});
