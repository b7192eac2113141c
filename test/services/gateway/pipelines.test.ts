import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type HttpServer, startHttpServer } from '../../../src/services/gateway/http/server.ts';
import { defaultLimits, type GatewayLimits } from '../../../src/services/gateway/limits.ts';

type Served = { readonly request: IncomingMessage; readonly response: ServerResponse };

/** A server that answers nothing by itself. */
async function startServer(
  limits: Partial<GatewayLimits> = {},
  listener: RequestListener = () => {},
): Promise<{ readonly server: HttpServer; readonly served: readonly Served[] }> {
  const served: Served[] = [];
  const server = await startHttpServer({
    listener(request, response) {
      served.push({ request, response });
      listener(request, response);
    },
    host: '127.0.0.1',
    port: 0,
    limits: { ...defaultLimits, closeTimeoutMs: 0, ...limits },
    newRequestId: () => 'r',
  });
  onTestFinished(() => server.close());
  return { server, served };
}

const get = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');

const pipelined = (count: number): string =>
  Array.from({ length: count }, (_, index) => get(`/${index}`)).join('');

/** A client that reads nothing until it is told to. */
function open({ port }: HttpServer, text: string): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1').on('error', () => {});
  socket.write(text);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** All that comes until the server hangs up. */
async function heard(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (part: string) => {
    text += part;
  });
  await once(socket, 'close');
  return text;
}

const isGone = ({ request }: Served): Promise<unknown> | undefined =>
  request.socket.destroyed ? undefined : once(request.socket, 'close');

const first = async (served: readonly Served[]): Promise<Served> => {
  await expect.poll(() => served.length).toBeGreaterThan(0);
  return served[0] as Served;
};

test('as many pipelined requests as are allowed were served one after the other and answered in their order', async () => {
  let underWay = 0;
  const widths: number[] = [];
  const { server } = await startServer({}, ({ url = '' }, response) => {
    underWay += 1;
    widths.push(underWay);
    setImmediate(() => {
      underWay -= 1;
      response.end(`[${url}]`);
    });
  });
  const requests = pipelined(defaultLimits.maxPipelined - 1) + get('/last', 'Connection: close');
  const text = await heard(open(server, requests));
  expect(text.match(/\[\/\w+\]/g)).toEqual([
    ...Array.from({ length: defaultLimits.maxPipelined - 1 }, (_, index) => `[/${index}]`),
    '[/last]',
  ]);
  expect(new Set(widths)).toEqual(new Set([1]));
});

test('a client that went on sending as it was answered was served on and on', async () => {
  const { server, served } = await startServer({ maxPipelined: 2 }, (_, response) => void response.end('x'));
  const socket = open(server, pipelined(2));
  for (let round = 0; round < 20; round += 1) {
    await once(socket, 'data');
    socket.write(get('/more'));
  }
  await expect.poll(() => served.length).toBe(22);
});

test('one request too many cost its client the connection, and none of the rest was served', async () => {
  const { server, served } = await startServer();
  open(server, pipelined(defaultLimits.maxPipelined + 1));
  await isGone(await first(served));
  expect(served).toHaveLength(1);
});

test('1 600 requests in one packet were served no further than their answers were read', async () => {
  const { server, served } = await startServer({}, (_, response) => void response.end('x'));
  open(server, pipelined(1_600));
  await isGone(await first(served));
  expect(served.length).toBeLessThanOrEqual(defaultLimits.maxPipelined);
});

test('requests that waited on all connections together were bounded, and freed with their connection', async () => {
  const { server, served } = await startServer({ maxPipelinedInAll: 1 });
  const patient = open(server, pipelined(2));
  const holder = await first(served);
  open(server, pipelined(2));
  await expect.poll(() => served.length).toBe(2);
  await isGone(served[1] as Served);
  expect(holder.request.socket.destroyed).toBe(false);
  patient.destroy();
  await isGone(holder);
  open(server, pipelined(2));
  await expect.poll(() => served.length).toBe(3);
  served[2]?.response.end();
  await expect.poll(() => served.length).toBe(4);
  expect(served.map(({ request }) => request.url)).toEqual(['/0', '/0', '/0', '/1']);
});

test('what came after a request whose answer closes the connection was not carried out', async () => {
  const { server, served } = await startServer({}, (_, response) => {
    response.setHeader('Connection', 'close');
    response.end('x'.repeat(10_000));
  });
  const text = await heard(open(server, pipelined(3)));
  expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
  expect(served).toHaveLength(1);
});

test('what was served while the server closed was the last on its connection', async () => {
  const { server, served } = await startServer({ closeTimeoutMs: 60_000 });
  const text = heard(open(server, pipelined(2)));
  const { response } = await first(served);
  const closed = server.close();
  response.end();
  await expect.poll(() => served.length).toBe(2);
  served[1]?.response.end();
  expect(await text).toMatch(/^Connection: close\r$/m);
  await closed;
});

test('what is no HTTP was not answered in the place of a request before it', async () => {
  const { server, served } = await startServer();
  const socket = open(server, `${get('/slow')}noise\r\n\r\n`);
  expect(await heard(socket)).toBe('');
  expect(served).toHaveLength(1);
});

test('a body that broke the protocol was answered although its request was being served', async () => {
  const { server } = await startServer();
  const head = 'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
  expect(await heard(open(server, `${head}zz\r\n`))).toMatch(/^HTTP\/1\.1 400 /);
});

test('a client that was refused and stayed was hung up on', async () => {
  const { server, served } = await startServer({}, (_, response) => void response.end('x'));
  const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {}).write(get('/'));
  await once(socket, 'data');
  socket.write('noise\r\n\r\n');
  await isGone(await first(served));
});

test('a client that did not read its answer was hung up on, and lost its place', async () => {
  const large = Buffer.alloc(64 * 1_048_576);
  const { server, served } = await startServer({ stillTimeoutMs: 50 }, (_, response) => {
    response.end(large);
  });
  open(server, pipelined(2)).pause();
  await isGone(await first(served));
  expect(served).toHaveLength(1);
});

test('a client may be silent for as long as it waits for its order, and between two beats of a stream', () => {
  const { stillTimeoutMs, maxWaitMs, readTimeoutMs, inFlightWaitMs, heartbeatMs } = defaultLimits;
  expect(stillTimeoutMs).toBeGreaterThan(maxWaitMs + readTimeoutMs + inFlightWaitMs + 5_000);
  expect(stillTimeoutMs).toBeGreaterThan(2 * heartbeatMs);
});
