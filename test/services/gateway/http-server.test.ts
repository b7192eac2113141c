import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { goodOrder, problemOf, type Shop, shopForFile, startShop } from './shop.ts';

const shop = shopForFile();

/** Sends text as it is, and reads what comes until the server closes. */
async function speak(at: Shop, ...lines: string[]): Promise<string> {
  const socket = connect(at.gateway.httpPort, '127.0.0.1');
  socket.setEncoding('utf8');
  socket.write(lines.join('\r\n'));
  let heard = '';
  for await (const text of socket) heard += text;
  return heard;
}

const problemIn = (answer: string): Record<string, unknown> =>
  JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));

test('a path that nobody serves is 404', async () => {
  for (const path of ['/', '/order', '/orders/', '/Orders', '/orders/a/b/c', '//', '/orders//cancel']) {
    expect(await problemOf(await shop().fetch(path))).toMatchObject({ status: 404 });
  }
});

test('a path that cannot be decoded is 400', async () => {
  const problem = await problemOf(await shop().fetch('/orders/%c0%af'));
  expect(problem).toMatchObject({ status: 400, error: 'invalid_path' });
});

test.each([
  ['http://elsewhere.example/healthz', 200],
  ['HTTP://elsewhere.example:80/orders?limit=1', 200],
  ['http://elsewhere.example/orders?limit=x', 400],
  ['http://elsewhere.example?x=1', 404],
  ['http://elsewhere.example', 404],
  ['ftp://elsewhere.example/healthz', 404],
  ['/healthz#here', 200],
])('the target %s is served like its path, %i', async (target, status) => {
  const answer = await speak(shop(), `GET ${target} HTTP/1.1`, 'Host: x', 'Connection: close', '', '');
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});

test.each([
  ['DELETE', '/orders', 'POST, GET, HEAD, OPTIONS'],
  ['PATCH', '/orders/x', 'GET, HEAD, OPTIONS'],
  ['POST', '/stock', 'GET, HEAD, OPTIONS'],
  ['PUT', '/sagas/commands', 'POST, OPTIONS'],
  ['GET', '/orders/x/cancel', 'POST, OPTIONS'],
  ['TRACE', '/healthz', 'GET, HEAD, OPTIONS'],
])('%s %s is 405 and says what is allowed', async (method, path, allow) => {
  const answer = await speak(shop(), `${method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', '', '');
  expect(answer).toMatch(/^HTTP\/1\.1 405 /);
  expect(answer).toContain(`Allow: ${allow}\r\n`);
  expect(problemIn(answer)).toMatchObject({ error: 'method_not_allowed' });
});

test('OPTIONS says what is allowed', async () => {
  const response = await shop().fetch('/orders', { method: 'OPTIONS' });
  expect(response.status).toBe(204);
  expect(response.headers.get('allow')).toBe('POST, GET, HEAD, OPTIONS');
});

test('HEAD is GET without a body', async () => {
  const head = await shop().fetch('/stock', { method: 'HEAD' });
  const get = await shop().fetch('/stock');
  expect(head.status).toBe(200);
  expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
  expect(await head.text()).toBe('');
  const id = await shop().settle(goodOrder);
  expect((await shop().fetch(`/orders/${id}/events`, { method: 'HEAD' })).status).toBe(200);
});

test('answers may not be sniffed, framed or cached', async () => {
  const { headers } = await shop().fetch('/orders');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.has('x-powered-by')).toBe(false);
});

test('every kind of answer names its request and trace, and may not be sniffed', async () => {
  const extraRoutes = [
    { path: '/console', handle: (_: unknown, response: ServerResponse) => void response.end() },
  ];
  const shop = await startShop({ extraRoutes });
  const full = await startShop({ engineLimits: { maxLive: 0 } });
  const id = await shop.settle(goodOrder);
  const etag = (await shop.fetch('/openapi.json')).headers.get('etag') ?? '';
  const answers: readonly (readonly [status: number, path: string, init?: RequestInit, at?: Shop])[] = [
    [200, '/healthz'],
    [200, `/orders/${id}/events`],
    [200, '/console'],
    [200, '/stock', { method: 'HEAD' }],
    [204, '/orders', { method: 'OPTIONS' }],
    [204, `/orders/${id}/events?after=999`],
    [304, '/openapi.json', { headers: { 'If-None-Match': etag } }],
    [404, '/nowhere'],
    [503, '/orders', { method: 'POST' }, full],
  ];
  for (const [status, path, init = {}, at = shop] of answers) {
    const answer = await fetch(at.url + path, {
      ...init,
      headers: { ...init.headers, 'X-Request-Id': 'r-1' },
    });
    await answer.body?.cancel();
    const { headers } = answer;
    expect([path, answer.status, headers.get('x-request-id')]).toEqual([path, status, 'r-1']);
    expect(headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }
});

test('10 KB of headers are 431', async () => {
  const answer = await speak(
    shop(),
    'GET /healthz HTTP/1.1',
    'Host: x',
    `X-Long: ${'x'.repeat(10_240)}`,
    '',
    '',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  expect(problemIn(answer)).toMatchObject({ error: 'headers_too_large' });
});

test.each([
  ['noise', ['\u0000\u0001 noise', '', '']],
  ['a header with a bare line feed', ['GET /healthz HTTP/1.1', 'Host: x\nX: y\rZ', '', '']],
  ['two lengths', ['POST /orders HTTP/1.1', 'Host: x', 'Content-Length: 3', 'Content-Length: 4', '', 'abcd']],
  [
    'a length and chunks',
    ['POST /orders HTTP/1.1', 'Host: x', 'Content-Length: 3', 'Transfer-Encoding: chunked', '', '0', '', ''],
  ],
])('%s is 400', async (_, lines) => {
  expect(await speak(shop(), ...lines)).toMatch(/^HTTP\/1\.1 400 /);
});

test('a client that sends its request too slowly is 408', async () => {
  const patient = await startShop({ limits: { headersTimeoutMs: 50, requestTimeoutMs: 50 } });
  const answer = await speak(patient, 'POST /orders HTTP/1.1', 'Host: x', 'X-Slow: ');
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(problemIn(answer)).toMatchObject({ error: 'request_timeout' });
});

test('a body without end is cut off', async () => {
  const socket = connect(shop().gateway.httpPort, '127.0.0.1');
  const head = [
    'POST /orders HTTP/1.1',
    'Host: x',
    'Content-Type: application/json',
    'Transfer-Encoding: chunked',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
  const pour = setInterval(() => socket.write(chunk), 0);
  socket.on('error', () => {});
  const [answer] = (await once(socket, 'data')) as [Buffer];
  clearInterval(pour);
  socket.destroy();
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 .*Connection: close/s);
});

test('a client that went away in the middle of its order left nothing behind', async () => {
  const statuses: number[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const watched = await startShop({
    observer: {
      begin: () => ({
        traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
        end(status) {
          statuses.push(status);
          resolve();
        },
      }),
      submitted: () => {},
      trouble: (error) => {
        throw error;
      },
    },
  });
  const socket = connect(watched.gateway.httpPort, '127.0.0.1');
  socket.write(
    'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    () => socket.destroy(),
  );
  await ended;
  expect(statuses).toEqual([499]);
  expect(await watched.log.list({ limit: 1 })).toEqual([]);
});

test('connections beyond the limit were dropped, and those within it were served', async () => {
  const small = await startShop({ limits: { maxConnections: 1 } });
  const first = connect(small.gateway.httpPort, '127.0.0.1');
  await once(first, 'connect');
  first.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(first, 'data');
  expect(await speak(small, 'GET /healthz HTTP/1.1', 'Host: x', '', '').catch(() => '')).toBe('');
  first.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(String((await once(first, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
  first.destroy();
});

test('closing waited for the answer under way and refused what came later', async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const closing = await startShop({
    extraRoutes: [
      {
        path: '/slow',
        async handle(_, response) {
          ask();
          await answered;
          response.end('done');
        },
      },
    ],
  });
  const response = fetch(`${closing.url}/slow`);
  await asked;
  const closed = closing.gateway.close();
  answer();
  expect(await (await response).text()).toBe('done');
  await closed;
  await closing.gateway.close();
  await expect(fetch(`${closing.url}/healthz`)).rejects.toThrow();
});

test('routes from outside are served with everything below them', async () => {
  const extended = await startShop({
    extraRoutes: [{ path: '/console', handle: ({ url }, response) => void response.end(`at ${url}`) }],
  });
  expect(await (await extended.fetch('/console')).text()).toBe('at /');
  expect(await (await extended.fetch('/console/app.js?x=1')).text()).toBe('at /app.js?x=1');
  expect((await extended.fetch('/consoles')).status).toBe(404);
});

test('an error of ours gives nothing away but the trace id', async () => {
  const failing = await startShop({
    extraRoutes: [
      {
        path: '/broken',
        handle: () => {
          throw new Error('secret');
        },
      },
    ],
  });
  const response = await failing.fetch('/broken');
  const problem = await problemOf(response);
  expect(problem).toMatchObject({ status: 500, error: 'internal_error' });
  expect(problem.trace_id).toBe(response.headers.get('x-trace-id'));
  expect(JSON.stringify(problem)).not.toContain('secret');
  expect(failing.troubles).toMatchObject([{ message: 'secret' }]);
});
