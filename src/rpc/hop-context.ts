import { type CallContext, Metadata } from 'nice-grpc-common';
import type { HopCall } from '../gen/ordersaga/rpc/v1/hop_pb.js';

/** The context of one call on a hop stream. */
export type HopContext = {
  readonly context: CallContext;
  /** Aborts the context's signal. */
  abort(): void;
  aborted(): boolean;
  /** What the implementation put in the trailer; undefined when it did not ask for it. */
  trailer(): Metadata | undefined;
};

/**
 * Makes what an implementation may ask for only when it asks: headers, trailer and signal are rarely looked at, and
 * making them costs more than carrying the call. Headers go nowhere, because replies carry none.
 */
export function createHopContext({ metadata: text }: HopCall, peer: string): HopContext {
  let metadata: Metadata | undefined;
  let header: Metadata | undefined;
  let trailer: Metadata | undefined;
  let controller: AbortController | undefined;
  let aborted = false;
  const context: CallContext = {
    peer,
    sendHeader: () => undefined,
    get metadata() {
      metadata ??= Metadata(text);
      return metadata;
    },
    get header() {
      header ??= Metadata();
      return header;
    },
    get trailer() {
      trailer ??= Metadata();
      return trailer;
    },
    get signal() {
      controller ??= new AbortController();
      if (aborted) controller.abort();
      return controller.signal;
    },
  };
  return {
    context,
    abort() {
      aborted = true;
      controller?.abort();
    },
    aborted: () => aborted,
    trailer: () => trailer,
  };
}
