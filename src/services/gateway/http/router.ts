import type { IncomingMessage, RequestListener } from 'node:http';
import { type Request, type Response, Router } from 'express';
import { Problem } from './problem.ts';
import type { ExtraRoute, Route } from './route.ts';
import type { Endpoint, Serve } from './serve.ts';

/**
 * Finds the route of a request. Uses Express's router without an Express application, whose work on every request
 * nothing here needs.
 */
export function createRouter(
  serve: Serve,
  { routes, extraRoutes }: { readonly routes: readonly Route[]; readonly extraRoutes: readonly ExtraRoute[] },
): RequestListener {
  const router = Router({ caseSensitive: true, strict: true });
  const run = (endpoint: Endpoint) => (request: Request, response: Response) =>
    serve(endpoint, { request, response, params: request.params as Readonly<Record<string, string>> });
  for (const route of routes) router[route.method](expressPath(route.path), run(route));
  for (const [path, sameRoute] of Map.groupBy(routes, (route) => route.path)) {
    router.all(expressPath(path), run(otherMethods(path, sameRoute)));
  }
  for (const extra of extraRoutes) router.use(extra.path, run(fromExtraRoute(extra)));
  return (request, response) => {
    const unrouted = (error: unknown): void => {
      const endpoint = error === undefined || error === null ? nothingHere : undecodable(error);
      void serve(endpoint, { request, response, params: {} });
    };
    request.url = originForm(request.url ?? '/');
    // The router uses only what node:http's requests and responses have.
    router(request as Request, response as Response, unrouted);
  };
}

/**
 * A target as proxies and strange clients send it, with scheme and host or with a fragment, as the path and query that
 * routes know. Express would take anything else to a parser that Node warns of.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
 */
function originForm(target: string): string {
  if (target.startsWith('/') && !target.includes('#')) return target;
  const [local = ''] = target.replace(/^https?:\/\/[^/?#]*/i, '').split('#', 1);
  return local.startsWith('/') ? local : `/${local}`;
}

const expressPath = (template: string): string => template.replaceAll(/\{(\w+)\}/g, ':$1');

const nothingHere: Endpoint = {
  path: '*',
  handle() {
    throw new Problem('not_found', { detail: 'The routes of this gateway are listed at /docs.' });
  },
};

const undecodable = (cause: unknown): Endpoint => ({
  path: '*',
  handle() {
    if (!isClientError(cause)) throw cause;
    throw new Problem('invalid_path', {
      detail: 'The path is not well-formed percent-encoded UTF-8.',
      cause,
    });
  },
});

const isClientError = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'status' in error && error.status === 400;

function otherMethods(path: string, routes: readonly Route[]): Endpoint {
  const allowed = routes.flatMap(({ method }) =>
    method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
  );
  const headers = { Allow: [...allowed, 'OPTIONS'].join(', ') };
  return {
    path,
    handle({ request }: { readonly request: IncomingMessage }) {
      if (request.method === 'OPTIONS') return { status: 204, headers, body: '' };
      throw new Problem('method_not_allowed', { detail: `Allowed here: ${headers.Allow}.`, headers });
    },
  };
}

const fromExtraRoute = ({ path, handle }: ExtraRoute): Endpoint => ({
  path,
  async handle({ request, response, commonHeaders }) {
    response.setHeaders(new Map(Object.entries(commonHeaders)));
    await handle(request, response);
    return 'streamed' as const;
  },
});
