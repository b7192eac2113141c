import { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';
import type { ServerTls } from '../server-tls.ts';

/** PEM contents, not paths. */
export type ClientTls = {
  /** The authority that signed the server's certificate; the system's authorities when absent. */
  readonly ca?: string | Buffer;
  /** The client's own certificate and key, for servers that ask for one. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Name that the server's certificate must have; the host of its address when absent. */
  readonly serverName?: string;
};

/** Plain text without `tls`. */
export function serverCredentialsFrom(tls: ServerTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) };
  return ServerCredentials.createSsl(bufferFrom(tls.ca), [pair], tls.ca !== undefined);
}

/** Plain text without `tls`. */
export function channelCredentialsFrom(tls: ClientTls | undefined): ChannelCredentials {
  if (tls === undefined) return ChannelCredentials.createInsecure();
  return ChannelCredentials.createSsl(bufferFrom(tls.ca), bufferFrom(tls.key), bufferFrom(tls.cert));
}

const bufferFrom = (pem: string | Buffer | undefined): Buffer | null =>
  pem === undefined ? null : Buffer.from(pem);
