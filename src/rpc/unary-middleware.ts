import type { DescMethod } from '@bufbuild/protobuf';
import type { ClientMiddleware, MethodDescriptor, ServerMiddleware } from 'nice-grpc-common';
import { methodPath } from './nice-service.ts';

/** One unary call: on a client the context is nice-grpc's call options, on a server its call context. */
export type UnaryCall<Request, Response, Context> = (request: Request, context: Context) => Promise<Response>;

type Next<Context> = (request: unknown, context: Context) => AsyncGenerator<never, unknown, undefined>;

/** Runs a unary call inside nice-grpc middleware as nice-grpc would, outermost first, without nice-grpc's transport. */
export function throughMiddleware<Request, Response, Context>(
  method: DescMethod,
  middleware: readonly (ClientMiddleware | ServerMiddleware)[],
  call: UnaryCall<Request, Response, Context>,
): UnaryCall<Request, Response, Context> {
  if (middleware.length === 0) return call;
  const descriptor: MethodDescriptor = {
    path: methodPath(method),
    requestStream: false,
    responseStream: false,
    options: {},
  };
  // biome-ignore lint/correctness/useYield: nice-grpc's shape of a unary call is a generator that only returns.
  const innermost: Next<Context> = async function* (request, context) {
    return await call(request as Request, context);
  };
  const outermost = middleware.reduceRight<Next<Context>>((next, wrap) => {
    const parts = { method: descriptor, requestStream: false, responseStream: false, next };
    // Both kinds of middleware have this shape; their types differ in the context alone, which the caller vouches for.
    const run = wrap as unknown as (call: object, context: Context) => ReturnType<Next<Context>>;
    return (request, context) => run({ ...parts, request }, context);
  }, innermost);
  return async (request, context) => {
    const { done, value } = await outermost(request, context).next();
    if (done !== true) throw new Error('a middleware yielded a message in a unary call');
    return value as Response;
  };
}
