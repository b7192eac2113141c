import type { IncomingMessage, ServerResponse } from 'node:http';
import { Overloaded } from '../../../engine/engine.ts';
import { traceRefFrom } from '../../../engine/observer.ts';
import type { Scope } from '../../../scopes.ts';
import { type Authenticate, anonymous, type Caller, mayDo } from '../caller.ts';
import type { RequestObserver } from '../request-observer.ts';
import { Problem, problemHeaders, problemKinds, problemText } from './problem.ts';
import { ClientGone } from './read-body.ts';
import { requestIdFrom, traceparentFrom } from './request-context.ts';
import type { Answer, Exchange } from './route.ts';

export type ServeDeps = {
  readonly authenticate: Authenticate;
  readonly observer: RequestObserver;
  readonly newRequestId: () => string;
};

/** What to do with a request. */
export type Endpoint = {
  /** Template, for traces and metrics. */
  readonly path: string;
  readonly scope?: Scope | 'any';
  handle(exchange: Exchange): Promise<Answer> | Answer;
};

/** Serves one request from its first header to its last byte. Never rejects. */
export type Serve = (
  endpoint: Endpoint,
  message: {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly params: Readonly<Record<string, string>>;
  },
) => Promise<void>;

// nginx's code for a client that closed the connection before the answer.
const clientGoneStatus = 499;

/** Everything that all requests have in common: ids, trace, access, headers, and problems for whatever goes wrong. */
export function createServe({ authenticate, observer, newRequestId }: ServeDeps): Serve {
  return async (endpoint, { request, response, params }) => {
    const { headers, method = 'GET' } = request;
    const requestId = requestIdFrom(headers) ?? newRequestId();
    const incoming = traceparentFrom(headers);
    const span = observer.begin({ method, route: endpoint.path, requestId, traceparent: incoming });
    const { traceparent } = span;
    const { traceId } = traceRefFrom(traceparent);
    const commonHeaders = {
      'X-Request-Id': requestId,
      'X-Trace-Id': traceId,
      'X-Content-Type-Options': 'nosniff',
    };
    let caller = anonymous;
    try {
      if (endpoint.scope !== undefined) caller = admit(authenticate, headers.authorization, endpoint.scope);
      const exchange = { request, response, params, requestId, traceparent, traceId, caller, commonHeaders };
      const answer = await endpoint.handle(exchange);
      if (answer !== 'streamed') send(response, answer, commonHeaders);
      span.end(response.statusCode);
    } catch (thrown) {
      if (thrown instanceof ClientGone) return span.end(clientGoneStatus);
      const problem = problemFrom(thrown);
      if (problem.cause !== undefined && problemKinds[problem.code].status >= 500)
        observer.trouble(problem.cause, { what: problem.code, requestId, traceId });
      sendProblem(response, problem, { path: pathOf(request), requestId, traceId, commonHeaders });
      span.end(response.statusCode);
    }
  };
}

/** @throws Problem `unauthenticated`, `forbidden` */
function admit(authenticate: Authenticate, authorization: string | undefined, scope: Scope | 'any'): Caller {
  const caller = authenticate(authorization);
  if (caller === undefined) {
    throw new Problem('unauthenticated', {
      detail: 'Send "Authorization: Bearer TOKEN" with a token of this gateway.',
      headers: { 'WWW-Authenticate': 'Bearer realm="ordersaga"' },
    });
  }
  if (scope !== 'any' && !mayDo(caller, scope))
    throw new Problem('forbidden', { detail: `The token lacks the scope ${scope}.` });
  return caller;
}

/** Errors not meant for the client become one that reveals nothing. */
function problemFrom(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof Overloaded) {
    const { retryAfterMs } = thrown;
    const detail =
      'Send the same request again after the time in Retry-After, with the same idempotency key.';
    return new Problem('overloaded', { detail, retryAfterMs });
  }
  return new Problem('internal_error', {
    detail:
      'Tell the operator the trace id. Reading again, or sending a request again with its key, is safe.',
    cause: thrown,
  });
}

const pathOf = ({ url = '/' }: IncomingMessage): string => url.split('?', 1)[0] ?? '/';

function sendProblem(
  response: ServerResponse,
  problem: Problem,
  about: { readonly path: string } & Pick<Exchange, 'requestId' | 'traceId' | 'commonHeaders'>,
): void {
  if (response.headersSent) {
    // The headers were sent already, so all that is left is to break the answer off.
    response.destroy();
    return;
  }
  const { 'Content-Type': contentType = '', ...headers } = problemHeaders(problem);
  const { status } = problemKinds[problem.code];
  send(response, { status, contentType, headers, body: problemText(problem, about) }, about.commonHeaders);
}

/** All headers go to Node at once: those that are set one by one take it a slower way. */
function send(
  response: ServerResponse,
  { status, headers, contentType = 'application/json', body }: Exclude<Answer, 'streamed'>,
  commonHeaders: Exchange['commonHeaders'],
): void {
  if (status === 204 || status === 304) {
    response.writeHead(status, { ...commonHeaders, ...headers }).end();
    return;
  }
  response.writeHead(status, {
    ...commonHeaders,
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    ...headers,
  });
  response.end(body);
}
