import { type CallContext, ServerError, type ServerMiddleware, Status } from 'nice-grpc-common';
import { numberFromRpcCode } from './rpc-code.ts';
import { isAbortError } from './rpc-error.ts';
import { RpcServerError } from './server-error.ts';
import { encodeStatusDetails, statusDetailsKey } from './status-details.ts';

/** Receives every error that the caller must not see. */
export type OnRpcError = (error: unknown, call: { readonly path: string; readonly peer: string }) => void;

/** What callers read instead of the message of an error that was not meant for them. */
export const internalMessage = 'internal error';

/**
 * Passes on errors that were meant for the caller, with their details in the trailer; anything else becomes INTERNAL
 * and goes to `onError`.
 */
export function errorMiddleware(onError: OnRpcError): ServerMiddleware {
  return async function* mapErrors(call, context) {
    try {
      return yield* call.next(call.request, context);
    } catch (thrown) {
      throw errorForCaller(thrown, { path: call.method.path, context, onError });
    }
  };
}

/** What {@link errorMiddleware} throws in place of what the implementation threw. */
export function errorForCaller(
  thrown: unknown,
  { path, context, onError }: { path: string; context: CallContext; onError: OnRpcError },
): unknown {
  if (thrown instanceof RpcServerError) return serverErrorFrom(thrown, context);
  if (thrown instanceof ServerError || (isAbortError(thrown) && context.signal.aborted)) return thrown;
  onError(thrown, { path, peer: context.peer });
  return new ServerError(Status.INTERNAL, internalMessage);
}

function serverErrorFrom(error: RpcServerError, context: CallContext): ServerError {
  const { message, fieldViolations, reason } = error;
  const code = numberFromRpcCode(error.code);
  if (fieldViolations.length > 0 || reason !== undefined) {
    const details = { fieldViolations, ...(reason !== undefined && { reason }) };
    context.trailer.set(statusDetailsKey, encodeStatusDetails(code, message, details));
  }
  return new ServerError(code, message);
}
