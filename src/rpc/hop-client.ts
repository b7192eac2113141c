import {
  create,
  type DescMethod,
  type DescService,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { StatusObject } from '@grpc/grpc-js';
import { ClientError, type ClientMiddleware, Metadata, Status } from 'nice-grpc-common';
import { createRpcChannel } from './channel.ts';
import { type NiceOptions, niceOptions, plainCarrier } from './client.ts';
import { createHopLink, type HopLink } from './hop-link.ts';
import { type HopOutcome, maxHopMessageBytes } from './hop-queue.ts';
import type { MetadataValues, TextMetadata } from './metadata.ts';
import { methodPath } from './nice-service.ts';
import type { RpcConnection } from './rpc-client.ts';
import {
  type CarriedOptions,
  type CarryUnary,
  createRpcConnection,
  type RpcClientOptions,
} from './rpc-connection.ts';
import type { PartialAnswer } from './rpc-error.ts';
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
    unary(method) {
      const plainCall = plain.unary(method);
      return inMiddleware(method, middleware, { hop: hopCall(method, link, plainCall), plain: plainCall });
    },
    streaming: plainCarrier(service, channel, middleware).streaming,
    close: link.close,
  });
}

/** A call takes nice-grpc's form on its way only where there is middleware. */
function inMiddleware(
  method: DescMethod,
  middleware: readonly ClientMiddleware[],
  { hop, plain }: { readonly hop: CarryUnary; readonly plain: CarryUnary<MetadataValues> },
): CarryUnary {
  if (middleware.length === 0) return hop;
  const call = throughMiddleware<unknown, unknown, NiceOptions>(
    method,
    middleware,
    async (request, { metadata: given, onHeader, onTrailer, ...options }) => {
      const answer: PartialAnswer = { headersSeen: false };
      const metadata = valuesFrom(given);
      try {
        return await (isText(metadata)
          ? hop(request, { ...options, metadata, answer })
          : plain(request, { ...options, metadata, answer }));
      } finally {
        if (answer.headersSeen) onHeader?.(Metadata());
        if (answer.trailer) onTrailer?.(answer.trailer);
      }
    },
  );
  return (request, options) => call(request, niceOptions(options));
}

const valuesFrom = (metadata: NiceOptions['metadata']): MetadataValues =>
  Object.fromEntries(
    [...(metadata ?? [])].flatMap(([key, [value]]) => (value === undefined ? [] : [[key, value]])),
  );

/** Frames have no room for binary metadata. */
const isText = (metadata: MetadataValues): metadata is TextMetadata =>
  Object.values(metadata).every((value) => typeof value === 'string');

/** One call by the link, or by `plain` when the link does not carry it. */
function hopCall(method: DescMethod, link: HopLink, plain: CarryUnary): CarryUnary {
  const path = methodPath(method);
  return async (request, options) => {
    const startedAt = performance.now();
    const bytes = toBinary(
      method.input,
      create(method.input, request as MessageInitShape<typeof method.input>),
    );
    const outcome = await travel(link, { path, request: bytes }, options);
    switch (outcome.kind) {
      case 'replied':
        return answerFrom(method, outcome, options.answer);
      case 'broken':
        options.answer.headersSeen ||= outcome.answered;
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

function leftOver(options: CarriedOptions<TextMetadata>, spentMs: number): CarriedOptions<TextMetadata> {
  const { timeoutMs } = options;
  return timeoutMs === undefined
    ? options
    : { ...options, timeoutMs: Math.max(1, Math.ceil(timeoutMs - spentMs)) };
}

function travel(
  link: HopLink,
  { path, request }: { readonly path: string; readonly request: Uint8Array },
  { metadata, signal, timeoutMs = 0 }: CarriedOptions<TextMetadata>,
): Promise<HopOutcome> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new DOMException('the call was aborted', 'AbortError'));
    if (request.length > maxHopMessageBytes) return resolve({ kind: 'notCarried' });
    let timer: NodeJS.Timeout | undefined;
    const call = { path, metadata, request, timeoutMs };
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

function answerFrom(
  method: DescMethod,
  { reply }: Extract<HopOutcome, { kind: 'replied' }>,
  answer: PartialAnswer,
): unknown {
  if (reply.code === Status.OK) return fromBinary(method.output, reply.response);
  answer.headersSeen = true;
  if (reply.details.length > 0) answer.trailer = Metadata({ [statusDetailsKey]: reply.details });
  throw new ClientError(methodPath(method), reply.code, reply.message);
}
