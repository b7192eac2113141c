import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import type { Scope } from '../../../scopes.ts';
import type { Caller } from '../caller.ts';
import type { ProblemCode } from './problem.ts';

/** One request, and what is already known about it when its route handles it. */
export type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Decoded path parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly traceparent: string;
  readonly traceId: string;
  readonly caller: Caller;
  /** Headers of every answer. Those who write to the response themselves send them, too. */
  readonly commonHeaders: Readonly<Record<string, string>>;
};

/** What a route answers: `streamed` when it has written to the response itself. */
export type Answer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Default `application/json`. */
      readonly contentType?: string;
      /** UTF-8. Bytes for what is made once and sent to many. */
      readonly body: string | Buffer;
    }
  | 'streamed';

export type Method = 'get' | 'post' | 'put';

/** One row of the table that the router, the 405 answers and the OpenAPI document are made from. */
export type Route = {
  readonly method: Method;
  /** OpenAPI template, e.g. `/orders/{id}`. */
  readonly path: string;
  /** What the caller must be allowed to do, `any` for whatever a token allows; open to everyone when absent. */
  readonly scope?: Scope | 'any';
  /** Problems of this route beyond those that every route has. */
  readonly problems: readonly ProblemCode[];
  readonly operation: Omit<ZodOpenApiOperationObject, 'responses'> & {
    readonly operationId: string;
    readonly summary: string;
    /** The successful answers. */
    readonly responses: ZodOpenApiOperationObject['responses'];
  };
  handle(exchange: Exchange): Promise<Answer> | Answer;
};

/** A route made elsewhere, e.g. `/console`, open to everyone; gets every request at or below its path. */
export type ExtraRoute = {
  readonly path: string;
  /** Answers on its own. `request.url` is relative to `path`. */
  handle(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
};

/** A JSON body that a request must have, for the OpenAPI document. */
export const jsonBody = (schema: z.ZodType) => ({
  required: true,
  content: { 'application/json': { schema } },
});

/** A response with a JSON body, for the OpenAPI document. */
export const jsonResponse = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
});

/** An answer with a JSON body. */
export const json = (status: number, value: unknown, headers?: Readonly<Record<string, string>>): Answer => ({
  status,
  body: JSON.stringify(value),
  ...(headers && { headers }),
});
