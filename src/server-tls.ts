/** What a server that speaks TLS has to show: PEM contents, not paths. */
export type ServerTls = {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** When given, clients must present a certificate that this authority signed (mutual TLS). */
  readonly ca?: string | Buffer;
};
