import type { Config } from '../config.ts';
import type { ClientTls } from '../rpc/tls.ts';
import type { ServerTls } from '../server-tls.ts';

type TlsConfig = Pick<Config, 'tlsCert' | 'tlsKey' | 'tlsCa' | 'tlsServerName'>;

/** For services: with an authority, callers must have a certificate signed by it. Undefined means plain text. */
export function serverTlsFrom({ tlsCert, tlsKey, tlsCa }: TlsConfig): ServerTls | undefined {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return { cert: tlsCert.pem, key: tlsKey.pem, ...(tlsCa && { ca: tlsCa.pem }) };
}

/** For HTTP, whose callers show tokens and no certificates. */
export function httpTlsFrom(config: TlsConfig): Omit<ServerTls, 'ca'> | undefined {
  const tls = serverTlsFrom(config);
  return tls && { cert: tls.cert, key: tls.key };
}

/** For calls to other services, whose certificates come from the same authority as this process's own. */
export function clientTlsFrom(config: TlsConfig): ClientTls | undefined {
  const tls = serverTlsFrom(config);
  return tls && { ...tls, ...(config.tlsServerName !== undefined && { serverName: config.tlsServerName }) };
}
