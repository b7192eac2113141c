import type { DescMethod, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { CallContext } from 'nice-grpc-common';

type Implementation<M extends DescMethod> = M['methodKind'] extends 'unary'
  ? (request: MessageShape<M['input']>, context: CallContext) => Promise<MessageInitShape<M['output']>>
  : M['methodKind'] extends 'server_streaming'
    ? (
        request: MessageShape<M['input']>,
        context: CallContext,
      ) => AsyncIterable<MessageInitShape<M['output']>>
    : M['methodKind'] extends 'client_streaming'
      ? (
          requests: AsyncIterable<MessageShape<M['input']>>,
          context: CallContext,
        ) => Promise<MessageInitShape<M['output']>>
      : (
          requests: AsyncIterable<MessageShape<M['input']>>,
          context: CallContext,
        ) => AsyncIterable<MessageInitShape<M['output']>>;

/**
 * The methods of a service. `context.signal` aborts when the caller gave up or its deadline passed, and for streams
 * also when the server closes.
 */
export type RpcImplementation<S extends DescService> = {
  readonly [M in keyof S['method']]: S['method'][M] extends DescMethod
    ? Implementation<S['method'][M]>
    : never;
};

/** A service with its implementation, for `startRpcServer`; made by {@link defineRpcService}. */
export type RpcService = {
  readonly service: DescService;
  readonly implementation: Readonly<Record<string, unknown>>;
};

/** Pairs a service with its implementation; the compiler checks that every method is there. */
export const defineRpcService = <S extends DescService>(
  service: S,
  implementation: RpcImplementation<S>,
): RpcService => ({ service, implementation });
