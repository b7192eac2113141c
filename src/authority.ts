/**
 * `host:port` as URLs have it: an IPv6 address goes into brackets.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-3.2.2
 */
export const authorityOf = (host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;
