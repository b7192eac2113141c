import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { Channel } from '@grpc/grpc-js';
import { type ClientFactory, createClientFactory } from 'nice-grpc';
import type { CallOptions, ClientMiddleware } from 'nice-grpc-common';
import { HealthDefinition } from 'nice-grpc-server-health';
import { createRpcChannel, type RpcChannelOptions } from './channel.ts';
import { assertTimeout, type DeadlineOptions, deadlineMiddleware } from './deadline-middleware.ts';
import { metadataFromCall } from './metadata.ts';
import { methodPath, niceService, streamsRequests, streamsResponses } from './nice-service.ts';
import type { RpcCallOptions, RpcClient, RpcConnection, RpcHealthStatus } from './rpc-client.ts';
import { type PartialAnswer, RpcError, rpcErrorFrom } from './rpc-error.ts';

/** How to call one service of one server. */
export type RpcClientOptions<S extends DescService> = RpcChannelOptions & {
  readonly service: S;
  /** Deadline of every unary call that does not bring its own. Required: no call may wait for ever. */
  readonly timeoutMs: number;
  /** Outermost first, e.g. tracing. Default none. */
  readonly middleware?: readonly ClientMiddleware[];
};

type NiceOptions = CallOptions & DeadlineOptions;
type UnaryCall = (request: unknown, options: NiceOptions) => Promise<unknown>;
type StreamingCall = (request: unknown, options: NiceOptions) => AsyncIterable<unknown>;

/** Creates a client; it connects with its first call. Methods that stream requests are left out. */
export function createRpcClient<S extends DescService>(options: RpcClientOptions<S>): RpcConnection<S> {
  const { service, timeoutMs } = options;
  assertTimeout(timeoutMs);
  const channel = createRpcChannel(options);
  const base = createClientFactory().use(deadlineMiddleware);
  const factory = (options.middleware ?? []).reduceRight<ClientFactory<DeadlineOptions>>(
    (wrapped, next) => wrapped.use(next),
    base,
  );
  const calls = factory.create(niceService<DescService>(service), channel) as unknown as Record<
    string,
    unknown
  >;
  let closed = false;
  const assertOpen = (method: DescMethod): void => {
    if (closed) throw clientClosedError(method);
  };
  const methods = service.methods
    .filter((method) => !streamsRequests(method))
    .map((method) => {
      const call = calls[method.localName] as UnaryCall & StreamingCall;
      const invoke = streamsResponses(method)
        ? streamingMethod(method, call, assertOpen)
        : unaryMethod(method, call, timeoutMs, assertOpen);
      return [method.localName, invoke] as const;
    });
  return {
    client: Object.fromEntries(methods) as RpcClient<S>,
    checkHealth: (healthTimeoutMs) => checkHealth(channel, service, healthTimeoutMs),
    close() {
      if (!closed) channel.close();
      closed = true;
    },
  };
}

/** What a call on a closed client fails with. */
export const clientClosedError = (method: DescMethod): RpcError =>
  new RpcError('UNAVAILABLE', 'the client is closed', { path: methodPath(method), neverSent: true });

type AssertOpen = (method: DescMethod) => void;

function unaryMethod(method: DescMethod, call: UnaryCall, defaultTimeoutMs: number, assertOpen: AssertOpen) {
  return async (request: unknown, options: RpcCallOptions = {}): Promise<unknown> => {
    assertOpen(method);
    const answer: PartialAnswer = { headersSeen: false };
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const niceOptions = { ...niceOptionsFrom(options, answer), timeoutMs };
    try {
      return await call(request, niceOptions);
    } catch (thrown) {
      throw rpcErrorFrom(thrown, answer);
    }
  };
}

function streamingMethod(method: DescMethod, call: StreamingCall, assertOpen: AssertOpen) {
  return async function* (request: unknown, options: RpcCallOptions = {}): AsyncIterable<unknown> {
    assertOpen(method);
    const answer: PartialAnswer = { headersSeen: false };
    const niceOptions = niceOptionsFrom(options, answer);
    try {
      yield* call(request, niceOptions);
    } catch (thrown) {
      throw rpcErrorFrom(thrown, answer);
    }
  };
}

function niceOptionsFrom({ metadata, ...options }: RpcCallOptions, answer: PartialAnswer): NiceOptions {
  return {
    ...options,
    metadata: metadataFromCall(metadata ?? {}),
    onHeader: () => {
      answer.headersSeen = true;
    },
    onTrailer: (trailer) => {
      answer.trailer = trailer;
    },
  };
}

/** HealthCheckResponse.ServingStatus.SERVING of grpc.health.v1. */
const serving = 1;

async function checkHealth(
  channel: Channel,
  service: DescService,
  timeoutMs: number,
): Promise<RpcHealthStatus> {
  const health = createClientFactory().use(deadlineMiddleware).create(HealthDefinition, channel);
  try {
    const { status } = await health.check({ service: service.typeName }, { timeoutMs });
    return status === serving ? 'serving' : 'notServing';
  } catch (thrown) {
    const { code } = rpcErrorFrom(thrown);
    if (code === 'UNIMPLEMENTED') return 'serving';
    return code === 'NOT_FOUND' ? 'notServing' : 'unreachable';
  }
}
