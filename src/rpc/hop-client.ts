import {
  create,
  type DescMethod,
  type DescService,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { StatusObject } from '@grpc/grpc-js';
import { ClientError, Metadata, Status } from 'nice-grpc-common';
import { createRpcChannel } from './channel.ts';
import { plainCarrier } from './client.ts';
import { createHopLink, type HopLink } from './hop-link.ts';
import { type HopOutcome, maxHopMessageBytes } from './hop-queue.ts';
import { methodPath } from './nice-service.ts';
import type { RpcConnection } from './rpc-client.ts';
import {
  createRpcConnection,
  type RawCallOptions,
  type RawUnaryCall,
  type RpcClientOptions,
} from './rpc-connection.ts';
import { statusDetailsKey } from './status-details.ts';
import { throughMiddleware } from './unary-middleware.ts';

/**
 * A client like `createRpcClient` whose unary calls share one long-lived stream to the server, in batches: a fraction
 * of the cost of a call of its own. Where the server does not offer that, and while the stream cannot be opened, calls
 * go the plain way, so that callers cannot tell.
 */
export function createHopClient<S extends DescService>(options: RpcClientOptions<S>): RpcConnection<S> {
  const { service, middleware = [] } = options;
  const channel = createRpcChannel(options);
  const link = createHopLink(channel);
  const plain = plainCarrier(service, channel);
  return createRpcConnection(options, channel, {
    unary: (method) => throughMiddleware(method, middleware, hopCall(method, link, plain.unary(method))),
    streaming: plainCarrier(service, channel, middleware).streaming,
    close: link.close,
  });
}

/** One call by the link, or by `plain` when the link does not carry it. */
function hopCall(method: DescMethod, link: HopLink, plain: RawUnaryCall): RawUnaryCall {
  const path = methodPath(method);
  return async (request, options) => {
    const startedAt = performance.now();
    const bytes = toBinary(
      method.input,
      create(method.input, request as MessageInitShape<typeof method.input>),
    );
    const outcome = await travel(path, link, bytes, options);
    switch (outcome.kind) {
      case 'replied':
        return answerFrom(method, outcome, options);
      case 'broken':
        if (outcome.answered) options.onHeader?.(Metadata());
        throw brokenError(path, outcome.status);
      case 'notCarried':
        return await plain(request, leftOver(options, performance.now() - startedAt));
      default:
        return outcome satisfies never;
    }
  };
}

/** Whatever ended the stream, and even a good end, is for the call under it a connection that broke. */
const brokenError = (path: string, { code, details }: StatusObject): ClientError =>
  new ClientError(path, Status.UNAVAILABLE, code === Status.OK ? 'the server ended the stream' : details);

function leftOver(options: RawCallOptions, spentMs: number): RawCallOptions {
  const { timeoutMs } = options;
  return timeoutMs === undefined
    ? options
    : { ...options, timeoutMs: Math.max(1, Math.ceil(timeoutMs - spentMs)) };
}

function travel(
  path: string,
  link: HopLink,
  request: Uint8Array,
  { metadata, signal, timeoutMs = 0 }: RawCallOptions,
): Promise<HopOutcome> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new DOMException('the call was aborted', 'AbortError'));
    const text = textMetadata(metadata);
    if (text === undefined || request.length > maxHopMessageBytes) return resolve({ kind: 'notCarried' });
    let timer: NodeJS.Timeout | undefined;
    const call = { path, metadata: text, request, timeoutMs };
    const cancel = link.carry(call, (outcome) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      resolve(outcome);
    });
    if (cancel === undefined) return resolve({ kind: 'notCarried' });
    function giveUp(error: Error): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      cancel?.();
      reject(error);
    }
    function abort(): void {
      giveUp(new DOMException('the call was aborted', 'AbortError'));
    }
    signal?.addEventListener('abort', abort);
    if (timeoutMs > 0) {
      const expire = (): void =>
        giveUp(new ClientError(path, Status.DEADLINE_EXCEEDED, `no answer within ${timeoutMs} ms`));
      timer = setTimeout(expire, timeoutMs);
    }
  });
}

/** Undefined when there is binary metadata, for which frames have no room. */
function textMetadata(metadata: RawCallOptions['metadata']): Record<string, string> | undefined {
  const text: Record<string, string> = {};
  for (const [key, [value]] of metadata ?? []) {
    if (typeof value !== 'string') return undefined;
    text[key] = value;
  }
  return text;
}

function answerFrom(
  method: DescMethod,
  { reply }: Extract<HopOutcome, { kind: 'replied' }>,
  { onHeader, onTrailer }: RawCallOptions,
): unknown {
  if (reply.code === Status.OK) return fromBinary(method.output, reply.response);
  onHeader?.(Metadata());
  if (reply.details.length > 0) onTrailer?.(Metadata({ [statusDetailsKey]: reply.details }));
  throw new ClientError(methodPath(method), reply.code, reply.message);
}
