import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { type CallContext, ServerError, type ServerMiddleware, Status } from 'nice-grpc-common';
import { methodPath } from './nice-service.ts';
import type { RpcService } from './rpc-service.ts';
import { throughMiddleware } from './unary-middleware.ts';

/** Runs one unary method: from the encoded request to the encoded response. */
export type HopHandler = (request: Uint8Array, context: CallContext) => Promise<Uint8Array>;

/** The unary methods of `services` by their path, inside the same middleware that plain calls run in. */
export function createHopHandlers(
  services: readonly RpcService[],
  middleware: readonly ServerMiddleware[],
): ReadonlyMap<string, HopHandler> {
  const handlers = new Map<string, HopHandler>();
  for (const { service, implementation } of services) {
    for (const method of service.methods) {
      if (method.methodKind !== 'unary') continue;
      const implement = implementation[method.localName] as Implement;
      const call: Implement = (request, context) => implement.call(implementation, request, context);
      handlers.set(methodPath(method), createHandler(method, call, middleware));
    }
  }
  return handlers;
}

type Implement = (request: object, context: CallContext) => Promise<MessageInitShape<DescMessage>>;

function createHandler(
  method: DescMethod,
  implement: Implement,
  middleware: readonly ServerMiddleware[],
): HopHandler {
  const call = throughMiddleware(method, middleware, implement);
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
