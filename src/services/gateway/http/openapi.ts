import { z } from 'zod';
import { createDocument, type ZodOpenApiPathsObject, type ZodOpenApiResponseObject } from 'zod-openapi';
import { type ProblemCode, type ProblemView, problemKinds, problemSchema } from './problem.ts';
import type { Route } from './route.ts';

/** An OpenAPI 3.1 document. */
export type OpenApiDocument = ReturnType<typeof createDocument>;

/**
 * Describes the routes, using the same schemas that validate requests.
 *
 * @param version of the product
 */
export function openApiFrom(routes: readonly Route[], version: string): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const { operation, method, path, scope } = route;
    const security = scope === undefined ? [] : [{}, { token: scope === 'any' ? [] : [scope] }];
    const responses = { ...operation.responses, ...problemResponses(problemsOf(route)) };
    paths[path] = { ...paths[path], [method]: { ...operation, security, responses } };
  }
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'ordersaga',
      version,
      description:
        'An order either completes everywhere or is undone everywhere. Errors are RFC 9457 problems; `error` is the stable code.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: ['Orders', 'Sagas', 'Engine', 'Stock', 'Books', 'Health', 'Documentation'].map((name) => ({
      name,
    })),
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Only when tokens are configured.' },
      },
    },
  });
}

const everywhere: readonly ProblemCode[] = ['headers_too_large', 'internal_error'];

/** Every problem that a route can answer with. */
const problemsOf = ({ scope, problems }: Route): readonly ProblemCode[] => [
  ...problems,
  ...(scope === undefined ? [] : (['unauthenticated'] as const)),
  ...(scope === undefined || scope === 'any' ? [] : (['forbidden'] as const)),
  ...everywhere,
];

function problemResponses(
  codes: readonly ProblemCode[],
): Record<`${1 | 2 | 3 | 4 | 5}${string}`, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(codes, (code) => problemKinds[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, sameStatus]) => [status, problemResponse(status, sameStatus)]),
  );
}

function problemResponse(status: number, codes: readonly ProblemCode[]): ZodOpenApiResponseObject {
  const example = (code: ProblemCode) => ({ summary: problemKinds[code].title, value: exampleOf(code) });
  return {
    description: codes.map((code) => `\`${code}\`: ${problemKinds[code].title}.`).join(' '),
    ...(status === 503 && { headers: z.object({ 'Retry-After': z.string().optional() }) }),
    content: {
      'application/problem+json': {
        schema: problemSchema,
        examples: Object.fromEntries(codes.map((code) => [code, example(code)])),
      },
    },
  };
}

const exampleOf = (code: ProblemCode): ProblemView => ({
  type: `/docs#problem-${code}`,
  title: problemKinds[code].title,
  status: problemKinds[code].status,
  detail: `${problemKinds[code].title}.`,
  instance: '/orders',
  error: code,
  message: problemKinds[code].title,
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  request_id: '4f1d6c5e8a7b',
});
