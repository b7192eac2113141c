import type { DescService } from '@bufbuild/protobuf';
import type { Channel } from '@grpc/grpc-js';
import { type ClientFactory, createClientFactory } from 'nice-grpc';
import type { ClientMiddleware } from 'nice-grpc-common';
import { createRpcChannel } from './channel.ts';
import { type DeadlineOptions, deadlineMiddleware } from './deadline-middleware.ts';
import { niceService } from './nice-service.ts';
import type { RpcConnection } from './rpc-client.ts';
import {
  createRpcConnection,
  type RawStreamingCall,
  type RawUnaryCall,
  type RpcCarrier,
  type RpcClientOptions,
} from './rpc-connection.ts';

/** Creates a client; it connects with its first call. Methods that stream requests are left out. */
export function createRpcClient<S extends DescService>(options: RpcClientOptions<S>): RpcConnection<S> {
  const channel = createRpcChannel(options);
  return createRpcConnection(options, channel, plainCarrier(options.service, channel, options.middleware));
}

/** Carries every call as a gRPC call of its own. */
export function plainCarrier(
  service: DescService,
  channel: Channel,
  middleware: readonly ClientMiddleware[] = [],
): RpcCarrier {
  const factory = middleware.reduceRight<ClientFactory<DeadlineOptions>>(
    (wrapped, next) => wrapped.use(next),
    createClientFactory().use(deadlineMiddleware),
  );
  // nice-grpc's types cannot follow a service that is only known when the program runs.
  const calls = factory.create(niceService(service), channel) as unknown as Readonly<
    Record<string, RawUnaryCall & RawStreamingCall>
  >;
  const callOf = (name: string): RawUnaryCall & RawStreamingCall => {
    const call = calls[name];
    if (call === undefined) throw new Error(`${service.typeName} has no method ${name}`);
    return call;
  };
  return {
    unary: ({ localName }) => callOf(localName),
    streaming: ({ localName }) => callOf(localName),
    close: () => undefined,
  };
}
