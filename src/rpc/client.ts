import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { Channel } from '@grpc/grpc-js';
import { type ClientFactory, createClientFactory } from 'nice-grpc';
import { type CallOptions, type ClientMiddleware, Metadata } from 'nice-grpc-common';
import { createRpcChannel } from './channel.ts';
import { type DeadlineOptions, deadlineMiddleware } from './deadline-middleware.ts';
import type { MetadataValues } from './metadata.ts';
import { niceService } from './nice-service.ts';
import type { RpcConnection } from './rpc-client.ts';
import {
  type CarriedOptions,
  type CarryUnary,
  createRpcConnection,
  type RpcCarrier,
  type RpcClientOptions,
} from './rpc-connection.ts';

/** Creates a client; it connects with its first call. Methods that stream requests are left out. */
export function createRpcClient<S extends DescService>(options: RpcClientOptions<S>): RpcConnection<S> {
  const channel = createRpcChannel(options);
  return createRpcConnection(options, channel, plainCarrier(options.service, channel, options.middleware));
}

/** nice-grpc's call options with a deadline. */
export type NiceOptions = CallOptions & DeadlineOptions;
type NiceUnaryCall = (request: unknown, options: NiceOptions) => Promise<unknown>;
type NiceStreamingCall = (request: unknown, options: NiceOptions) => AsyncIterable<unknown>;

/** The options of a carried call in nice-grpc's terms. */
export const niceOptions = ({ metadata, answer, ...options }: CarriedOptions): NiceOptions => ({
  ...options,
  metadata: Metadata(metadata),
  onHeader: () => {
    answer.headersSeen = true;
  },
  onTrailer: (trailer) => {
    answer.trailer = trailer;
  },
});

/** A carrier that takes any metadata. */
type PlainCarrier = Omit<RpcCarrier, 'unary'> & { unary(method: DescMethod): CarryUnary<MetadataValues> };

/** Carries every call as a gRPC call of its own. */
export function plainCarrier(
  service: DescService,
  channel: Channel,
  middleware: readonly ClientMiddleware[] = [],
): PlainCarrier {
  const factory = middleware.reduceRight<ClientFactory<DeadlineOptions>>(
    (wrapped, next) => wrapped.use(next),
    createClientFactory().use(deadlineMiddleware),
  );
  // nice-grpc's types cannot follow a service that is only known when the program runs.
  const calls = factory.create(niceService(service), channel) as unknown as Readonly<Record<string, unknown>>;
  function callOf<Call>(name: string): Call {
    const call = calls[name];
    if (call === undefined) throw new Error(`${service.typeName} has no method ${name}`);
    return call as Call;
  }
  return {
    unary({ localName }) {
      const call = callOf<NiceUnaryCall>(localName);
      return (request, options) => call(request, niceOptions(options));
    },
    streaming({ localName }) {
      const call = callOf<NiceStreamingCall>(localName);
      return (request, options) => call(request, niceOptions(options));
    },
    close: () => undefined,
  };
}
