import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { authorityOf } from '../../../authority.ts';
import type { ServerTls } from '../../../server-tls.ts';
import type { GatewayLimits } from '../limits.ts';
import { createPipelines, type Pipelines } from './pipelines.ts';
import { Problem, problemKinds, problemText } from './problem.ts';

export type HttpServerOptions = {
  readonly listener: RequestListener;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Plain text without it. */
  readonly tls?: ServerTls;
  readonly limits: GatewayLimits;
  readonly newRequestId: () => string;
};

/** A listening HTTP server. */
export type HttpServer = {
  readonly port: number;
  /** `http://host:port`, or `https://`. */
  readonly address: string;
  /**
   * Takes no new connections, waits for the requests in flight up to `closeTimeoutMs`, then cuts the rest off.
   * Idempotent; resolves when the port is free.
   */
  close(): Promise<void>;
};

/** All limits on what one client can occupy are set here. @throws Error when the port is taken */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { limits, host, tls } = options;
  const settings = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // How often slow requests are looked for; the timeouts above may fire late by up to this much.
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    noDelay: true,
  };
  const server: Server =
    tls === undefined ? createServer(settings) : createTlsServer({ ...settings, ...tls });
  server.maxConnections = limits.maxConnections;
  // Begins anew with every byte read or written; without it a client that reads no answer keeps its place for ever.
  server.timeout = limits.stillTimeoutMs;
  let isClosing = false;
  const pipelines = createPipelines((request, response) => {
    if (isClosing) response.setHeader('Connection', 'close');
    options.listener(request, response);
  }, limits);
  server.on('request', pipelines.take);
  server.on('clientError', (error, socket) =>
    refuse(error, socket as Socket, { pipelines, requestId: options.newRequestId() }),
  );
  await listen(server, host, options.port);
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    isClosing = true;
    return closeServer(server, limits.closeTimeoutMs);
  };
  return {
    port,
    address: `${tls === undefined ? 'http' : 'https'}://${authorityOf(host, port)}`,
    close: () => (closed ??= close()),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function closeServer(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
  // Connections that a client keeps open for its next request become idle one by one.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearTimeout(timer);
  clearInterval(sweep);
}

// Until a client that was refused is hung up on.
const lingerMs = 2_000;

/** Answers what never became a request: malformed, too slow or too large. */
function refuse(
  error: NodeJS.ErrnoException,
  socket: Socket,
  { pipelines, requestId }: { readonly pipelines: Pipelines; readonly requestId: string },
): void {
  if (error.code === 'ECONNRESET' || !socket.writable || !pipelines.mayAnswer(socket)) {
    socket.destroy();
    return;
  }
  const problem = problemFromParser(error.code);
  const { status, title } = problemKinds[problem.code];
  const body = problemText(problem, { path: '', requestId, traceId: '' });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Most clients hang up now. Doing so at once could cost them the answer; one that stays is not waited for.
  const linger = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(linger));
}

function problemFromParser(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('headers_too_large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request_timeout');
    default:
      return new Problem('invalid_request', {
        message: 'this is not an HTTP request',
        detail: 'Speak HTTP/1.1.',
      });
  }
}
