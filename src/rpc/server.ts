import type { ChannelOptions } from '@grpc/grpc-js';
import { createServer, type Server, type ServerAddBuilder, type ServiceImplementation } from 'nice-grpc';
import type { ServerMiddleware } from 'nice-grpc-common';
import { authorityOf } from '../authority.ts';
import { HopService } from '../gen/ordersaga/rpc/v1/hop_pb.js';
import type { ServerTls } from '../server-tls.ts';
import { closingMiddleware } from './closing-middleware.ts';
import { errorMiddleware, type OnRpcError } from './error-middleware.ts';
import { addHealth } from './health.ts';
import { createHopHandlers } from './hop-handlers.ts';
import { maxHopMessageBytes } from './hop-queue.ts';
import { serveHopStream } from './hop-session.ts';
import { type NiceService, niceService } from './nice-service.ts';
import { addReflection } from './reflection.ts';
import { defineRpcService, type RpcService } from './rpc-service.ts';
import { serverCredentialsFrom } from './tls.ts';
import {
  type AssertValidRequest,
  createRequestValidation,
  validationMiddleware,
} from './validation-middleware.ts';

/** How to serve; only `services` and `onError` have no default. */
export type RpcServerOptions = {
  readonly services: readonly RpcService[];
  readonly onError: OnRpcError;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0, any free port. */
  readonly port?: number;
  /** Plain text without it. */
  readonly tls?: ServerTls;
  /** Outermost first, e.g. tracing; they see the status that the caller will see. Default none. */
  readonly middleware?: readonly ServerMiddleware[];
  /**
   * Largest request in bytes; a larger one is RESOURCE_EXHAUSTED. Default 1 MiB. Below 128 KiB the server does not
   * offer multiplexed hops.
   */
  readonly maxMessageBytes?: number;
  /** Calls in flight on one connection; further ones wait in the client. Default 1000. */
  readonly maxConcurrentCalls?: number;
  /** How long `close` waits for unary calls before it cuts them off. Default 5 000. */
  readonly closeTimeoutMs?: number;
};

/** A listening server. */
export type RpcServer = {
  /** `host:port`, for clients. */
  readonly address: string;
  readonly port: number;
  /** Switches the answer of grpc.health.v1 for the server and all its services. */
  setServing(serving: boolean): void;
  /**
   * Turns NOT_SERVING, takes no new calls, ends streams with UNAVAILABLE, waits for unary calls in flight up to
   * `closeTimeoutMs`, then cuts the rest off. Idempotent; resolves when the port is free.
   */
  close(): Promise<void>;
};

const defaultConcurrentCalls = 1_000;

const maxMessageBytesOf = ({ maxMessageBytes = 1_048_576 }: RpcServerOptions): number => maxMessageBytes;

/** Starts a gRPC server with health, reflection, validation and error mapping around the given services. */
export async function startRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const { services, host = '127.0.0.1', closeTimeoutMs = 5_000 } = options;
  const descriptors = services.map(({ service }) => service);
  const closing = new AbortController();
  const assertValidRequest = createRequestValidation(descriptors);
  const middleware = [
    ...(options.middleware ?? []),
    errorMiddleware(options.onError),
    closingMiddleware(closing.signal),
    validationMiddleware(assertValidRequest),
  ];
  const server = createServer(channelOptions(options));
  for (const service of services) addService(server, service, middleware);
  if (maxMessageBytesOf(options) >= 2 * maxHopMessageBytes) {
    addService(server, hopService(options, assertValidRequest, closing.signal), [
      errorMiddleware(options.onError),
    ]);
  }
  const health = addHealth(server, descriptors);
  addReflection(server, descriptors);
  const port = await server.listen(authorityOf(host, options.port ?? 0), serverCredentialsFrom(options.tls));

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    health.setServing(false);
    closing.abort();
    await shutDown(server, closeTimeoutMs);
  };
  return {
    address: authorityOf(host, port),
    port,
    setServing: health.setServing,
    close: () => (closed ??= close()),
  };
}

/** Per service and not for the whole server, so that probes, reflection and the hop stream leave no traces. */
function addService(
  server: Server,
  { service, implementation }: RpcService,
  middleware: readonly ServerMiddleware[],
): void {
  const builder = middleware.reduce<ServerAddBuilder<object>>((wrapped, next) => wrapped.with(next), server);
  // The compiler checked the pair in defineRpcService; here the list has lost the connection between the two.
  builder.add(niceService(service), implementation as ServiceImplementation<NiceService<typeof service>>);
}

function hopService(
  { services, middleware = [], maxConcurrentCalls = defaultConcurrentCalls, onError }: RpcServerOptions,
  assertValidRequest: AssertValidRequest,
  closing: AbortSignal,
): RpcService {
  const handlers = createHopHandlers(services, middleware, { assertValidRequest, onError });
  const session = { handlers, closing, maxInFlight: maxConcurrentCalls, onError };
  return defineRpcService(HopService, {
    carry: (requests, context) => serveHopStream(requests, context, session),
  });
}

async function shutDown(server: Server, timeoutMs: number): Promise<void> {
  const timer = setTimeout(() => server.forceShutdown(), timeoutMs);
  try {
    await server.shutdown();
  } finally {
    clearTimeout(timer);
  }
}

function channelOptions(options: RpcServerOptions): ChannelOptions {
  return {
    'grpc.max_receive_message_length': maxMessageBytesOf(options),
    'grpc.max_concurrent_streams': options.maxConcurrentCalls ?? defaultConcurrentCalls,
    // A connection whose peer is gone without a word is found and dropped within 35 s.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 5_000,
    // grpc.enable_channelz must stay on: grpc-js 1.14 finds the connections that forceShutdown cuts through channelz,
    // and without it cuts none. On a server its cost was not measurable.
  };
}
