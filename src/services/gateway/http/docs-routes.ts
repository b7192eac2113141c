import { z } from 'zod';
import { docsPage, docsPolicy } from './docs-page.ts';
import { etagOf, isKnown } from './etag.ts';
import { openApiFrom } from './openapi.ts';
import { type Answer, type Exchange, jsonResponse, type Route } from './route.ts';

/** Two texts that are made once, because they are large and everybody may ask for them. */
type Docs = { readonly document: Fixed; readonly page: Fixed };
type Fixed = { readonly body: Buffer; readonly etag: string };

/** The API's description, for programs and for people. Describes the other routes and itself. */
export function docsRoutes(others: readonly Route[], version: string): readonly Route[] {
  let made: Docs | undefined;
  const docs = (): Docs => (made ??= docsFrom([...others, ...routes], version));
  const routes: readonly Route[] = [
    {
      method: 'get',
      path: '/openapi.json',
      problems: [],
      operation: {
        operationId: 'getOpenApi',
        summary: 'Read this description',
        tags: ['Documentation'],
        responses: {
          '200': jsonResponse('OpenAPI 3.1.', z.looseObject({ openapi: z.string() })),
          '304': unchanged,
        },
      },
      handle: ({ request }) => fixedAnswer(request, docs().document, {}),
    },
    {
      method: 'get',
      path: '/docs',
      problems: [],
      operation: {
        operationId: 'getDocs',
        summary: 'Read this description as a page',
        tags: ['Documentation'],
        responses: {
          '200': { description: 'A page.', content: { 'text/html': { schema: z.string() } } },
          '304': unchanged,
        },
      },
      handle: ({ request }) => ({
        ...fixedAnswer(request, docs().page, { 'Content-Security-Policy': docsPolicy }),
        contentType: 'text/html; charset=utf-8',
      }),
    },
  ];
  return routes;
}

const unchanged = { description: 'Unchanged since the version in `If-None-Match`.' };

function docsFrom(routes: readonly Route[], version: string): Docs {
  const document = openApiFrom(routes, version);
  return { document: fixedFrom(JSON.stringify(document)), page: fixedFrom(docsPage(document)) };
}

function fixedFrom(text: string): Fixed {
  const body = Buffer.from(text);
  return { body, etag: etagOf(body) };
}

function fixedAnswer(
  { headers }: Exchange['request'],
  { body, etag }: Fixed,
  extra: Readonly<Record<string, string>>,
): Exclude<Answer, 'streamed'> {
  const common = { ETag: etag, 'Cache-Control': 'no-cache', ...extra };
  if (isKnown(etag, headers)) return { status: 304, headers: common, body: '' };
  return { status: 200, headers: common, body };
}
