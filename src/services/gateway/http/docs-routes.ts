import { z } from 'zod';
import { docsPage, docsPolicy } from './docs-page.ts';
import { type OpenApiDocument, openApiFrom } from './openapi.ts';
import type { Route } from './route.ts';

/** The API's description, for programs and for people. Describes the other routes and itself. */
export function docsRoutes(others: readonly Route[], version: string): readonly Route[] {
  let document: OpenApiDocument | undefined;
  const describe = (): OpenApiDocument => (document ??= openApiFrom([...others, ...routes], version));
  const routes: readonly Route[] = [
    {
      method: 'get',
      path: '/openapi.json',
      problems: [],
      operation: {
        operationId: 'getOpenApi',
        summary: 'This description',
        tags: ['Documentation'],
        responses: {
          '200': {
            description: 'OpenAPI 3.1.',
            content: { 'application/json': { schema: z.looseObject({ openapi: z.string() }) } },
          },
        },
      },
      handle: () => ({ status: 200, body: JSON.stringify(describe()) }),
    },
    {
      method: 'get',
      path: '/docs',
      problems: [],
      operation: {
        operationId: 'getDocs',
        summary: 'This description as a page',
        tags: ['Documentation'],
        responses: { '200': { description: 'A page.', content: { 'text/html': { schema: z.string() } } } },
      },
      handle: () => ({
        status: 200,
        contentType: 'text/html; charset=utf-8',
        headers: { 'Content-Security-Policy': docsPolicy },
        body: docsPage(describe()),
      }),
    },
  ];
  return routes;
}
