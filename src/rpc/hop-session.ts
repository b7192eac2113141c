import type { MessageInitShape } from '@bufbuild/protobuf';
import type { CallContext } from 'nice-grpc-common';
import type { CarryRequest, CarryResponseSchema, HopCall, HopReply } from '../gen/ordersaga/rpc/v1/hop_pb.js';
import type { OnRpcError } from './error-middleware.ts';
import { runHopCall } from './hop-call.ts';
import type { HopHandler } from './hop-handlers.ts';
import { createWakeUp } from './wake-up.ts';

/** What a server's hop streams share. */
export type HopSessionOptions = {
  readonly handlers: ReadonlyMap<string, HopHandler>;
  /** Aborted when the server begins to close. */
  readonly closing: AbortSignal;
  /** Calls that run or whose reply is not sent yet; while there are as many, no more is read. */
  readonly maxInFlight: number;
  readonly onError: OnRpcError;
};

type Response = MessageInitShape<typeof CarryResponseSchema>;

/** Most bytes of replies in one message, unless a single reply is larger. */
const maxResponseBytes = 65_536;

/** Serves one Carry stream: runs every call that it brings and answers each as it is ready. */
export async function* serveHopStream(
  requests: AsyncIterable<CarryRequest>,
  stream: CallContext,
  options: HopSessionOptions,
): AsyncGenerator<Response, void, undefined> {
  const { closing } = options;
  const calls = createRunningCalls(stream, options);
  const reading = calls.start(requests);
  closing.addEventListener('abort', calls.wake);
  stream.signal.addEventListener('abort', calls.wake);
  try {
    let announced = false;
    while (!stream.signal.aborted) {
      if (closing.aborted && !announced) {
        announced = true;
        yield { draining: true };
      }
      for (let replies = calls.takeReplies(); replies.length > 0; replies = calls.takeReplies())
        yield { replies };
      if (calls.allAnswered()) break;
      await calls.nextReplies();
    }
    if (!stream.signal.aborted) await reading;
  } finally {
    closing.removeEventListener('abort', calls.wake);
    stream.signal.removeEventListener('abort', calls.wake);
    calls.cancelAll();
  }
}

type RunningCalls = {
  /** Starts every call that comes, as there is room; settles when no more come. */
  start(requests: AsyncIterable<CarryRequest>): Promise<void>;
  /** Replies that fit in one message. */
  takeReplies(): HopReply[];
  /** Resolves at the end of the turn that brings replies or a {@link RunningCalls.wake}. */
  nextReplies(): Promise<void>;
  /** Whether no more calls come and every reply was taken. */
  allAnswered(): boolean;
  cancelAll(): void;
  wake(): void;
};

function createRunningCalls(stream: CallContext, options: HopSessionOptions): RunningCalls {
  const { handlers, maxInFlight, onError } = options;
  const running = new Map<number, () => void>();
  const replies: HopReply[] = [];
  const replied = createWakeUp();
  const room = createWakeUp();
  let reading = true;

  function startCall(call: HopCall): void {
    // A client that uses an id twice loses the first call; it does not get around the limit.
    cancel(call.id);
    const giveUp = runHopCall(call, stream, {
      handler: handlers.get(call.path),
      onError,
      reply(reply) {
        running.delete(call.id);
        replies.push(reply);
        replied.signal();
      },
    });
    running.set(call.id, giveUp);
  }

  function cancel(id: number): void {
    running.get(id)?.();
    running.delete(id);
  }

  async function startAll(requests: AsyncIterable<CarryRequest>): Promise<void> {
    for await (const { calls, cancelledIds } of requests) {
      cancelledIds.forEach(cancel);
      for (const call of calls) {
        while (running.size + replies.length >= maxInFlight && !stream.signal.aborted) await room.wait();
        // Nobody would take its reply any more.
        if (stream.signal.aborted) return;
        startCall(call);
      }
    }
  }

  return {
    start(requests) {
      const started = startAll(requests).finally(() => {
        reading = false;
        replied.signal();
      });
      // It is awaited later, and throws there; until then it is no unhandled rejection.
      started.catch(() => undefined);
      return started;
    },
    takeReplies() {
      const taken = takeFitting(replies);
      room.signal();
      return taken;
    },
    nextReplies: replied.wait,
    allAnswered: () => !reading && running.size === 0 && replies.length === 0,
    cancelAll() {
      for (const id of [...running.keys()]) cancel(id);
    },
    wake() {
      replied.signal();
      room.signal();
    },
  };
}

function takeFitting(replies: HopReply[]): HopReply[] {
  let bytes = 0;
  const tooMany = replies.findIndex(({ response }, index) => {
    bytes += response.length + 32;
    return bytes > maxResponseBytes && index > 0;
  });
  return replies.splice(0, tooMany === -1 ? replies.length : tooMany);
}
