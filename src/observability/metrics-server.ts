import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ServerTls } from '../server-tls.ts';
import type { Exposition } from './exposition.ts';

export type MetricsServerOptions = {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0, any free port. */
  readonly port?: number;
  /** Default plain text. */
  readonly tls?: ServerTls;
  /** Given the scraper's Accept header. */
  text(accept: string | undefined): Exposition;
};

export type MetricsServer = {
  readonly port: number;
  /** Idempotent; resolves when the port is free. */
  close(): Promise<void>;
};

/** A client that reads nothing of its answer for this long is disconnected. */
const stillTimeoutMs = 10_000;

/**
 * Serves `GET /metrics`, for services that have no HTTP server of their own. One request at a time: a client that asks
 * again before it has read its answer is disconnected, so that no answers pile up here.
 *
 * @throws the system's error when the port is taken
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { tls } = options;
  const asking = new WeakSet<Socket>();
  const listener: RequestListener = (request, response) => {
    const { socket } = request;
    if (asking.has(socket)) return void socket.destroy();
    asking.add(socket);
    response.on('close', () => asking.delete(socket));
    const known = request.url === '/metrics' && (request.method === 'GET' || request.method === 'HEAD');
    if (!known) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
    const { contentType, body } = options.text(request.headers.accept);
    response.writeHead(200, { 'content-type': contentType });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  const settings = { requestTimeout: 5_000 };
  const server =
    tls === undefined
      ? createServer(settings, listener)
      : createTlsServer({ ...settings, ...tls, requestCert: tls.ca !== undefined }, listener);
  server.maxConnections = 32;
  server.timeout = stillTimeoutMs;
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return { port, close: () => (closed ??= closeServer(server)) };
}

async function closeServer(server: Server): Promise<void> {
  const done = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await done;
}
