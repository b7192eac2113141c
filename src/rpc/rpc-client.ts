import type { DescMethod, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { CallMetadata } from './metadata.ts';

/** What one call may say beside its request. */
export type RpcCallOptions = {
  /** Overrides the client's default for this call. */
  readonly timeoutMs?: number;
  /** Aborting it ends the call with CANCELLED. */
  readonly signal?: AbortSignal;
  readonly metadata?: CallMetadata;
};

type ClientMethod<M extends DescMethod> = M['methodKind'] extends 'unary'
  ? (request: MessageInitShape<M['input']>, options?: RpcCallOptions) => Promise<MessageShape<M['output']>>
  : M['methodKind'] extends 'server_streaming'
    ? (
        request: MessageInitShape<M['input']>,
        options?: RpcCallOptions,
      ) => AsyncIterable<MessageShape<M['output']>>
    : never;

/**
 * The unary and server-streaming methods of a service. Every failure is an `RpcError`. Unary calls have a deadline
 * always; streams only when `timeoutMs` is given with the call, because a healthy stream may last for ever.
 */
export type RpcClient<S extends DescService> = {
  readonly [M in keyof S['method']]: S['method'][M] extends DescMethod ? ClientMethod<S['method'][M]> : never;
};

/** What a server says about itself; `unreachable` when it says nothing in time. */
export type RpcHealthStatus = 'serving' | 'notServing' | 'unreachable';

/** A client and the connection under it. */
export type RpcConnection<S extends DescService> = {
  readonly client: RpcClient<S>;
  /** Asks grpc.health.v1 for this service. A server without health service counts as serving. Never throws. */
  checkHealth(timeoutMs: number): Promise<RpcHealthStatus>;
  /** Refuses new calls and drops the connection once the calls in flight have ended. Idempotent. */
  close(): void;
};
