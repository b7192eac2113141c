import type { Channel } from '@grpc/grpc-js';
import { createChannel } from 'nice-grpc';
import { maxAnswerBytes } from './answer-size.ts';
import { type ClientTls, channelCredentialsFrom } from './tls.ts';

/** Where a server is and how to reach it. */
export type RpcChannelOptions = {
  /** `host:port`. */
  readonly address: string;
  /** Plain text without it. */
  readonly tls?: ClientTls;
};

/**
 * One channel to one server. It connects with the first call and reconnects by itself; a server that was restarted is
 * found again within about a second, because a saga's next attempt is waiting for it.
 */
export function createRpcChannel({ address, tls }: RpcChannelOptions): Channel {
  return createChannel(address, channelCredentialsFrom(tls), {
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1_000,
    // nice-grpc bounds one attempt to connect with this option, named so by the other gRPC implementations.
    'grpc.min_reconnect_backoff_ms': 5_000,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.max_receive_message_length': maxAnswerBytes,
    // No DNS TXT look-ups for service configs, no channelz bookkeeping: nothing here uses either.
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_channelz': 0,
    ...(tls?.serverName !== undefined && { 'grpc.ssl_target_name_override': tls.serverName }),
  });
}
