import { z } from 'zod';
import type { ProblemAnswer } from '../../../contract/problem.ts';
import { ExpectedError } from '../../../engine/expected-error.ts';
import type { AnswerOf } from '../agreement.ts';
import { type Issue, maxIssues } from '../issue.ts';

type ProblemKind = { readonly status: number; readonly title: string };

/** Every problem that the gateway answers with; the codes are part of the contract. */
export const problemKinds = {
  invalid_json: { status: 400, title: 'The body is not acceptable JSON' },
  invalid_request: { status: 400, title: 'The request is not valid' },
  invalid_item: { status: 400, title: 'An item of the order is not valid' },
  invalid_parameter: { status: 400, title: 'A parameter is not valid' },
  invalid_path: { status: 400, title: 'The path is not valid' },
  invalid_idempotency_key: { status: 400, title: 'The idempotency key is not valid' },
  idempotency_key_required: { status: 400, title: 'An idempotency key is required' },
  unauthenticated: { status: 401, title: 'Credentials are required' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'There is nothing here' },
  order_not_found: { status: 404, title: 'There is no such order' },
  saga_not_found: { status: 404, title: 'There is no such saga' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  idempotency_in_flight: { status: 409, title: 'A request with this key is still being accepted' },
  order_not_cancellable: { status: 409, title: 'The order can no longer be cancelled' },
  command_refused: { status: 409, title: 'The state of the saga does not allow this' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body is of the wrong type' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key was used for another request' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  order_unreadable: { status: 500, title: 'What was stored of the order is damaged' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  overloaded: { status: 503, title: 'No more orders can be taken right now' },
  too_many_streams: { status: 503, title: 'Too many event streams are open' },
  owner_unavailable: { status: 503, title: 'The service that knows cannot be asked right now' },
  driven_elsewhere: { status: 503, title: 'Another process drives this saga' },
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemCode = keyof typeof problemKinds;

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problemKinds, code);
export const problemCodes: readonly ProblemCode[] = Object.keys(problemKinds).filter(isProblemCode);

/** RFC 9457, with the seed's members `error` and `message`. @see https://www.rfc-editor.org/rfc/rfc9457 */
export const problemSchema = z
  .object({
    type: z.string().meta({ example: '/docs#problem-invalid_item' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What happened and what to do about it.' }),
    instance: z.string().meta({ description: 'The path that was asked for.' }),
    error: z.string().meta({ description: 'Stable code.', example: 'invalid_item' }),
    message: z.string(),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .optional()
      .meta({ description: `Where the request is wrong, at most ${maxIssues} places.` }),
    trace_id: z.string(),
    request_id: z.string(),
  })
  .meta({ id: 'Problem' });

export type ProblemView = AnswerOf<ProblemAnswer, z.infer<typeof problemSchema>>;

export type ProblemDetails = {
  /** The member `message`; the title when absent. */
  readonly message?: string;
  /** What to do about it; the message when absent. */
  readonly detail?: string;
  readonly errors?: readonly Issue[];
  /** Becomes Retry-After in whole seconds, at least 1. */
  readonly retryAfterMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log, never for the client. */
  readonly cause?: unknown;
};

/** An answer that tells the client what is wrong. Everything else that a route throws becomes `internal_error`. */
export class Problem extends ExpectedError {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly details: ProblemDetails;
  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(details.message ?? problemKinds[code].title, { cause: details.cause });
    this.code = code;
    this.details = details;
  }
}

const maxInstanceLength = 256;

/** The JSON text of a problem. */
export function problemText(
  { code, message, details }: Problem,
  request: { readonly path: string; readonly requestId: string; readonly traceId: string },
): string {
  const { status, title } = problemKinds[code];
  const problem: ProblemView = {
    type: `/docs#problem-${code}`,
    title,
    status,
    detail: details.detail ?? details.errors?.map(sentenceFrom).join(' ') ?? `${message}.`,
    instance: request.path.slice(0, maxInstanceLength),
    error: code,
    message,
    ...(details.errors && { errors: [...details.errors] }),
    trace_id: request.traceId,
    request_id: request.requestId,
  };
  return JSON.stringify(problem);
}

const sentenceFrom = ({ pointer, detail }: Issue): string =>
  `${pointer.replace(/^#\/?/, '') || 'The body'} ${detail}.`;

/** The headers that belong to a problem, Content-Type included. */
export const problemHeaders = ({ details }: Problem): Record<string, string> => ({
  'Content-Type': 'application/problem+json',
  ...(details.retryAfterMs !== undefined && {
    'Retry-After': String(Math.max(1, Math.ceil(details.retryAfterMs / 1_000))),
  }),
  ...details.headers,
});
