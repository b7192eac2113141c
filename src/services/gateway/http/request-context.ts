import type { IncomingHttpHeaders } from 'node:http';

const requestIdPattern = /^[\x21-\x7e]{1,128}$/;
const traceparentPattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The client's request id, when it is 1 to 128 printable ASCII characters without spaces; anything else is replaced. */
export function requestIdFrom(headers: IncomingHttpHeaders): string | undefined {
  const id = headers['x-request-id'];
  return typeof id === 'string' && requestIdPattern.test(id) ? id : undefined;
}

/** The client's trace context, when it is well-formed. @see https://www.w3.org/TR/trace-context/#traceparent-header */
export function traceparentFrom(headers: IncomingHttpHeaders): string | undefined {
  const { traceparent } = headers;
  return typeof traceparent === 'string' && traceparentPattern.test(traceparent) ? traceparent : undefined;
}
