import type { IncomingHttpHeaders } from 'node:http';
import { asVersion00 } from '../../../trace-context.ts';

const requestIdPattern = /^[\x21-\x7e]{1,128}$/;

/** The client's request id, when it is 1 to 128 printable ASCII characters without spaces; anything else is replaced. */
export function requestIdFrom(headers: IncomingHttpHeaders): string | undefined {
  const id = headers['x-request-id'];
  return typeof id === 'string' && requestIdPattern.test(id) ? id : undefined;
}

/** The client's trace context in version 00, when it is well-formed. */
export const traceparentFrom = ({ traceparent }: IncomingHttpHeaders): string | undefined =>
  typeof traceparent === 'string' ? asVersion00(traceparent) : undefined;
