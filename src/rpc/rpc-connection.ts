import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { Channel } from '@grpc/grpc-js';
import type { ClientMiddleware } from 'nice-grpc-common';
import type { RpcChannelOptions } from './channel.ts';
import { assertTimeout } from './deadline-middleware.ts';
import { checkHealth } from './health-check.ts';
import { type MetadataValues, type TextMetadata, textFromCall } from './metadata.ts';
import { methodPath, streamsRequests, streamsResponses } from './nice-service.ts';
import type { RpcCallOptions, RpcClient, RpcConnection } from './rpc-client.ts';
import { type PartialAnswer, RpcError, rpcErrorFrom } from './rpc-error.ts';

/** How to call one service of one server. */
export type RpcClientOptions<S extends DescService> = RpcChannelOptions & {
  readonly service: S;
  /** Deadline of every unary call that does not bring its own. Required: no call may wait for ever. */
  readonly timeoutMs: number;
  /** Outermost first, e.g. tracing. Default none. */
  readonly middleware?: readonly ClientMiddleware[];
};

/** What travels beside the request of one call, and what is noted of its answer. */
export type CarriedOptions<Values extends MetadataValues = MetadataValues> = {
  readonly metadata: Values;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly answer: PartialAnswer;
};
/** One unary call under the typed client; rejects with what nice-grpc would throw. */
export type CarryUnary<Values extends MetadataValues = TextMetadata> = (
  request: unknown,
  options: CarriedOptions<Values>,
) => Promise<unknown>;
/** One server-streaming call under the typed client; throws what nice-grpc would throw. */
export type CarryStreaming = (request: unknown, options: CarriedOptions) => AsyncIterable<unknown>;

/** What carries the calls of a connection. */
export type RpcCarrier = {
  unary(method: DescMethod): CarryUnary;
  streaming(method: DescMethod): CarryStreaming;
  /** Called once; calls in flight may end. */
  close(): void;
};

/** Puts the typed client over whatever carries its calls: deadlines, metadata and the one error are the same for all. */
export function createRpcConnection<S extends DescService>(
  { service, timeoutMs }: RpcClientOptions<S>,
  channel: Channel,
  carrier: RpcCarrier,
): RpcConnection<S> {
  assertTimeout(timeoutMs);
  let closed = false;
  const assertOpen: AssertOpen = (method) => {
    if (!closed) return;
    throw new RpcError('UNAVAILABLE', 'the client is closed', { path: methodPath(method), neverSent: true });
  };
  const methods = service.methods
    .filter((method) => !streamsRequests(method))
    .map((method) => {
      const invoke = streamsResponses(method)
        ? streamingMethod(method, carrier.streaming(method), assertOpen)
        : unaryMethod(method, carrier.unary(method), { timeoutMs, assertOpen });
      return [method.localName, invoke] as const;
    });
  return {
    client: Object.fromEntries(methods) as RpcClient<S>,
    checkHealth: (healthTimeoutMs) => checkHealth(channel, service, healthTimeoutMs),
    close() {
      if (closed) return;
      closed = true;
      carrier.close();
      channel.close();
    },
  };
}

type AssertOpen = (method: DescMethod) => void;

type UnaryDefaults = { readonly timeoutMs: number; readonly assertOpen: AssertOpen };

function unaryMethod(method: DescMethod, call: CarryUnary, defaults: UnaryDefaults) {
  return async (request: unknown, options: RpcCallOptions = {}): Promise<unknown> => {
    defaults.assertOpen(method);
    const timeoutMs = options.timeoutMs ?? defaults.timeoutMs;
    assertTimeout(timeoutMs);
    const answer: PartialAnswer = { headersSeen: false };
    const carried = { ...carriedFrom(options, answer), timeoutMs };
    try {
      return await call(request, carried);
    } catch (thrown) {
      throw rpcErrorFrom(thrown, answer);
    }
  };
}

function streamingMethod(method: DescMethod, call: CarryStreaming, assertOpen: AssertOpen) {
  return async function* (request: unknown, options: RpcCallOptions = {}): AsyncIterable<unknown> {
    assertOpen(method);
    if (options.timeoutMs !== undefined) assertTimeout(options.timeoutMs);
    const answer: PartialAnswer = { headersSeen: false };
    const carried = carriedFrom(options, answer);
    try {
      yield* call(request, carried);
    } catch (thrown) {
      throw rpcErrorFrom(thrown, answer);
    }
  };
}

const carriedFrom = (
  { metadata, ...options }: RpcCallOptions,
  answer: PartialAnswer,
): CarriedOptions<TextMetadata> => ({
  ...options,
  metadata: textFromCall(metadata ?? {}),
  answer,
});
