import { ServerError, type ServerMiddleware, Status } from 'nice-grpc-common';

/**
 * Ends streams when the server closes: their `context.signal` aborts, and their callers read UNAVAILABLE, never an
 * end that looks complete. Unary calls are left to finish.
 */
export function closingMiddleware(closing: AbortSignal): ServerMiddleware {
  return async function* endStreams(call, context) {
    if (!call.responseStream) return yield* call.next(call.request, context);
    const signal = AbortSignal.any([context.signal, closing]);
    try {
      yield* call.next(call.request, { ...context, signal });
    } catch (thrown) {
      if (!closing.aborted) throw thrown;
    }
    if (closing.aborted) throw new ServerError(Status.UNAVAILABLE, 'the server is closing');
    return undefined;
  };
}
