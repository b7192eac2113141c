import { Agent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { defaultLimits } from '../../src/services/gateway/limits.ts';
import {
  confirmOne,
  heapAfterCollection,
  inParallel,
  type RunningShop,
  requestCount,
  seed,
  startRunningShop,
} from './running-shop.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

let running: RunningShop;
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
beforeAll(async () => {
  running = await startRunningShop();
});
afterAll(async () => {
  agent.destroy();
  await running.close();
});

type HostileRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
};

// No two of these in one order make a good one.
const hostileNumber = fc.constantFrom(
  ...['-1', '0', '-0', 'NaN', 'Infinity', '1e309', '-1e309', '1e-400', '"1"', 'null', 'true', '[]', '{}'],
  ...['0.30000000000000004', '10.005', '1.5e-3', '99999999999999999999', '01', '+1', '0x10', '1_000'],
);
const hostileText = fc.oneof(
  fc.constantFrom(
    ...[
      '""',
      'null',
      '7',
      '[]',
      '"\\ud800"',
      '"\\u202eabc"',
      '"a\\u200bb"',
      '"a\\r\\nb"',
      '"\\u0000"',
      '" a"',
    ],
    JSON.stringify('x'.repeat(129)),
  ),
  fc.string({ minLength: 129, maxLength: 400, unit: 'binary' }).map((text) => JSON.stringify(text)),
);
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

const orderText = (parts: {
  customer?: string;
  product?: string;
  quantity?: string;
  price?: string;
}): string =>
  `{"customer_id":${parts.customer ?? '"c"'},"items":[{"product_id":${parts.product ?? '"prod_1"'},` +
  `"quantity":${parts.quantity ?? '1'},"price":${parts.price ?? '1.00'}}]}`;

const hostileOrder = fc.oneof(
  hostileNumber.map((price) => orderText({ price })),
  fc
    .oneof(hostileNumber, fc.constantFrom('1.5', '10001', '2147483648'))
    .map((quantity) => orderText({ quantity })),
  hostileText.map((customer) => orderText({ customer })),
  hostileText.map((product) => orderText({ product })),
  fc.constantFrom(
    orderText({}).replace('{', '{"__proto__":{"x":1},'),
    orderText({}).replace('{', '{"constructor":{"prototype":{}},'),
    orderText({}).replace('{', '{"customer_id":"d",'),
    orderText({}).replace('{', '{"currency":"XXY",'),
    `{"customer_id":"c","items":[${Array(101).fill('{"product_id":"p","quantity":1,"price":1}').join()}]}`,
    `{"customer_id":"c","items":${nested(1_000)}}`,
    nested(30_000),
    orderText({}).padEnd(65_537),
    orderText({ quantity: '10000', price: '9007199254740.99' }),
  ),
  // Any JSON at all, and good JSON cut off.
  fc.json({ maxDepth: 6 }),
  fc.integer({ min: 0, max: orderText({}).length - 1 }).map((end) => orderText({}).slice(0, end)),
);

const post = (body: string | Buffer, headers: Readonly<Record<string, string>> = {}): HostileRequest => ({
  method: 'POST',
  path: '/orders',
  headers: { 'content-type': 'application/json', ...headers },
  body,
});

const hostileRequest: fc.Arbitrary<HostileRequest> = fc.oneof(
  { arbitrary: hostileOrder.map((body) => post(body)), weight: 5 },
  fc.uint8Array({ minLength: 1, maxLength: 2_000 }).map((bytes) => post(Buffer.from(bytes))),
  fc
    .constantFrom('text/plain', 'application/xml', 'application/json; charset=utf-16', 'x')
    .map((type) => post(orderText({}), { 'content-type': type })),
  fc.constantFrom('x'.repeat(256), 'a\tb', 'é').map((key) => post(orderText({}), { 'idempotency-key': key })),
  fc.constant(post(orderText({}), { 'x-long': 'x'.repeat(10_000) })),
  fc
    .tuple(
      fc.constantFrom('GET', 'PUT', 'DELETE', 'PATCH', 'POST'),
      fc.string({ minLength: 1, maxLength: 60 }).map((text) => `/${encodeURIComponent(text)}`),
    )
    .map(([method, path]) => ({ method, path, headers: {}, body: '' })),
  fc
    .constantFrom(
      ...['/orders/%', '/orders/%ff', '/orders/..%2f..%2fetc', '/orders/%00', '/sagas/x', '/orders/x/events'],
      ...['/orders?limit=0', '/orders?limit=1e9', '/orders?cursor=%ff', '/orders?status=all', '/orders?x=1'],
      ...['/sagas?limit=-1', '/sagas?cursor=AAAA', '/stock/x/y', '/console/assets/../../etc/passwd%00'],
    )
    .map((path) => ({ method: 'GET', path, headers: {}, body: '' })),
);

function send({ method, path, headers, body }: HostileRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        ...{ host: '127.0.0.1', port: running.httpPort, agent, method, path },
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    // A refusal that closes the connection may overtake the rest of a body.
    request.on('error', (error: NodeJS.ErrnoException) =>
      ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') ? resolve(400) : reject(error),
    );
    request.end(body);
  });
}

/** Writes bytes, ends, and reads the status of the first answer; 0 when there was none. */
function sendRaw(bytes: Buffer): Promise<number> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(running.httpPort, '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)));
  });
}

const rawBytes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      'GET / HTTP/1.1\r\n\r\n',
      'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
      'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      'POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      'GET /\r\nX-A: b HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nX-A: a\u0000b\r\n\r\n',
      'GET / HTTP/1.1\r\nHost : x\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    )
    .map((text) => Buffer.from(text, 'latin1')),
);

const isRefusal = (status: number): boolean => status >= 400 && status < 500;

it(`answered ${requestCount} malformed requests with 4xx, and the next good order`, async () => {
  const requests = fc.sample(hostileRequest, { numRuns: requestCount, seed });
  const strange: unknown[] = [];
  const check = async (request: HostileRequest): Promise<void> => {
    const status = await send(request);
    if (!isRefusal(status)) strange.push({ status, ...request, body: String(request.body).slice(0, 200) });
  };
  // What is made once and kept, caches and compiled code, is not growth.
  const warmUp = Math.floor(requestCount / 4);
  await inParallel(requests.slice(0, warmUp), 16, check);
  const before = await heapAfterCollection();
  await inParallel(requests.slice(warmUp), 16, check);
  const after = await heapAfterCollection();
  expect(strange.slice(0, 5)).toEqual([]);
  expect((after - before) / 1_048_576).toBeLessThan(16);
  expect(await confirmOne(running)).toBe('CONFIRMED');
});

it('answered what is no HTTP with 4xx or by hanging up', async () => {
  const strange: unknown[] = [];
  await inParallel(fc.sample(rawBytes, { numRuns: Math.ceil(requestCount / 4), seed }), 16, async (bytes) => {
    const status = await sendRaw(bytes);
    if (status !== 0 && !isRefusal(status)) strange.push([status, bytes.toString('latin1')]);
  });
  expect(strange.slice(0, 5)).toEqual([]);
  expect(await confirmOne(running)).toBe('CONFIRMED');
});

async function openSockets(
  count: number,
  firstBytes: string,
  reading: 'reads all' | 'reads nothing' = 'reads all',
): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  await inParallel(Array.from({ length: count }), 50, async () => {
    const socket = connect(running.httpPort, '127.0.0.1');
    socket.on('error', () => undefined);
    if (reading === 'reads all') socket.resume();
    await new Promise((resolve) => socket.once('connect', resolve));
    if (firstBytes !== '') socket.write(firstBytes);
    sockets.push(socket);
  });
  return sockets;
}

it('served others while 1 000 connections were idle', async () => {
  const sockets = await openSockets(1_000, '');
  expect(await confirmOne(running)).toBe('CONFIRMED');
  for (const socket of sockets) socket.destroy();
});

it('served others while 300 clients sent their requests a byte at a time, and hung up on those', async () => {
  const sockets = await openSockets(300, 'POST /orders HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  const ends = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('a');
  }, 500);
  expect(await confirmOne(running)).toBe('CONFIRMED');
  await Promise.all(ends);
  clearInterval(drip);
  expect(await confirmOne(running)).toBe('CONFIRMED');
});

/** How many requests to a route the gateway began to answer, by its own count. */
async function servedAt(route: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${running.httpPort}/metrics`)).text();
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('http_server_request_duration_seconds_count{'))
    .filter((line) => line.includes(`"${route}"`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

it.each([
  ['/openapi.json', '/openapi.json'],
  ['/orders?limit=100', '/orders'],
])(
  'served others while 20 clients sent 1 600 requests for %s at once and read none of the answers',
  async (path, route) => {
    for (let count = 0; count < 20; count += 1) await confirmOne(running);
    const [before, servedBefore] = [await heapAfterCollection(), await servedAt(route)];
    const requests = `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(1_600);
    const sockets = await openSockets(20, requests, 'reads nothing');
    const health = await fetch(`http://127.0.0.1:${running.httpPort}/healthz`);
    expect(health.status).toBe(200);
    expect(await confirmOne(running)).toBe('CONFIRMED');
    // The first request of each was served, and then it was hung up on.
    await expect.poll(() => servedAt(route)).toBeGreaterThanOrEqual(servedBefore + 20);
    expect((await servedAt(route)) - servedBefore).toBeLessThanOrEqual(20 * defaultLimits.maxPipelined);
    expect(((await heapAfterCollection()) - before) / 1_048_576).toBeLessThan(16);
    for (const socket of sockets) socket.destroy();
  },
);
