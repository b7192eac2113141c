import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { type CallContext, ServerError, type ServerMiddleware, Status } from 'nice-grpc-common';
import { errorForCaller, type OnRpcError } from './error-middleware.ts';
import { wholeContext } from './hop-context.ts';
import { methodPath } from './nice-service.ts';
import type { RpcService } from './rpc-service.ts';
import { throughMiddleware } from './unary-middleware.ts';
import type { AssertValidRequest } from './validation-middleware.ts';

/** Runs one unary method: from the encoded request to the encoded response. */
export type HopHandler = (request: Uint8Array, context: CallContext) => Promise<Uint8Array>;

/** What plain calls meet as middleware of the server's own. */
export type HopGuards = {
  readonly assertValidRequest: AssertValidRequest;
  readonly onError: OnRpcError;
};

/**
 * The unary methods of `services` by their path, inside the same `middleware` as plain calls. The server's own layers
 * are functions here: an async generator a layer would cost more than carrying the call.
 */
export function createHopHandlers(
  services: readonly RpcService[],
  middleware: readonly ServerMiddleware[],
  guards: HopGuards,
): ReadonlyMap<string, HopHandler> {
  const handlers = new Map<string, HopHandler>();
  for (const { service, implementation } of services) {
    for (const method of service.methods) {
      if (method.methodKind !== 'unary') continue;
      const implement = implementation[method.localName] as Implement;
      const call: Implement = (request, context) => implement.call(implementation, request, context);
      const guarded = guard(methodPath(method), call, guards);
      handlers.set(methodPath(method), createHandler(method, guarded, middleware));
    }
  }
  return handlers;
}

type Implement = (request: object, context: CallContext) => Promise<MessageInitShape<DescMessage>>;

/** Validation and error mapping around an implementation, as the server's middleware does it for plain calls. */
const guard =
  (path: string, implement: Implement, { assertValidRequest, onError }: HopGuards): Implement =>
  async (request, context) => {
    try {
      assertValidRequest(path, request);
      return await implement(request, context);
    } catch (thrown) {
      throw errorForCaller(thrown, { path, context, onError });
    }
  };

function createHandler(
  method: DescMethod,
  implement: Implement,
  middleware: readonly ServerMiddleware[],
): HopHandler {
  const layered = throughMiddleware(method, middleware, implement);
  const call: Implement =
    middleware.length === 0 ? layered : (request, context) => layered(request, wholeContext(context));
  return async (bytes, context) => {
    const response = await call(decode(method, bytes), context);
    return toBinary(method.output, create(method.output, response));
  };
}

function decode({ input }: DescMethod, bytes: Uint8Array): object {
  try {
    return fromBinary(input, bytes);
  } catch {
    // What grpc-js answers to a plain call.
    throw new ServerError(Status.INTERNAL, 'the request could not be decoded');
  }
}
