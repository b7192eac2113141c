import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type CallContext, ServerError, Status } from 'nice-grpc-common';
import { type HopCall, type HopReply, HopReplySchema } from '../gen/ordersaga/rpc/v1/hop_pb.js';
import { maxAnswerBytes } from './answer-size.ts';
import { internalMessage, type OnRpcError } from './error-middleware.ts';
import { HopContext } from './hop-context.ts';
import type { HopHandler } from './hop-handlers.ts';
import { isAbortError } from './rpc-error.ts';
import { statusDetailsKey } from './status-details.ts';

/** What runs the call, and where its outcome goes. */
export type HopRunner = {
  readonly handler: HopHandler | undefined;
  readonly onError: OnRpcError;
  /** Called once, unless the call is given up before. */
  reply(reply: HopReply): void;
};

type Reply = Omit<MessageInitShape<typeof HopReplySchema>, 'id' | '$typeName'>;

/** Largest answer, as for plain calls of a client with default limits; a larger one would end the whole stream. */
const maxReplyBytes = maxAnswerBytes - 65_536;

/**
 * Starts one call of a hop stream.
 *
 * @returns gives the call up
 */
export function runHopCall(
  call: HopCall,
  { peer }: CallContext,
  { handler, onError, reply }: HopRunner,
): () => void {
  const hop = new HopContext(call, peer);
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  const finish = (init: Reply): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    reply(create(HopReplySchema, { id: call.id, ...init }));
  };
  if (call.timeoutMs > 0) {
    timer = setTimeout(() => {
      finish({ code: Status.DEADLINE_EXCEEDED, message: 'the deadline passed' });
      hop.abort();
    }, call.timeoutMs);
  }
  handle(call, hop, handler).then(finish, (thrown: unknown) => {
    const known = replyFromError(thrown, hop);
    if (known === undefined) onError(thrown, { path: call.path, peer });
    finish(known ?? { code: Status.INTERNAL, message: internalMessage });
  });
  return () => {
    over = true;
    clearTimeout(timer);
    hop.abort();
  };
}

async function handle(call: HopCall, hop: HopContext, handler: HopHandler | undefined): Promise<Reply> {
  if (handler === undefined) {
    throw new ServerError(Status.UNIMPLEMENTED, `there is no unary method ${call.path}`);
  }
  const response = await handler(call.request, hop);
  if (response.length > maxReplyBytes) {
    // Not RESOURCE_EXHAUSTED, which says that nothing was done.
    throw new ServerError(Status.INTERNAL, 'the answer is too large');
  }
  return { response };
}

/** Undefined for errors that callers must not see. */
function replyFromError(thrown: unknown, hop: HopContext): Reply | undefined {
  if (thrown instanceof ServerError) {
    const details = hop.usedTrailer?.get(statusDetailsKey);
    return { code: thrown.code, message: thrown.details, ...(details !== undefined && { details }) };
  }
  if (isAbortError(thrown) && hop.isAborted) {
    return { code: Status.CANCELLED, message: 'the call was cancelled' };
  }
  return undefined;
}
