import { type CallContext, Metadata } from 'nice-grpc-common';
import type { HopCall } from '../gen/ordersaga/rpc/v1/hop_pb.js';

/**
 * The context of one call on a hop stream. Makes what an implementation may ask for only when it asks: headers, trailer
 * and signal are rarely looked at, and making them costs more than carrying the call. A class, because an object with
 * getters of its own for each call costs as much as all the rest of it. Headers go nowhere, because replies carry none.
 */
export class HopContext implements CallContext {
  readonly peer: string;
  readonly #text: HopCall['metadata'];
  #metadata: Metadata | undefined;
  #header: Metadata | undefined;
  #trailer: Metadata | undefined;
  #controller: AbortController | undefined;
  #aborted = false;

  constructor({ metadata }: HopCall, peer: string) {
    this.peer = peer;
    this.#text = metadata;
  }

  get metadata(): Metadata {
    this.#metadata ??= Metadata(this.#text);
    return this.#metadata;
  }

  get header(): Metadata {
    this.#header ??= Metadata();
    return this.#header;
  }

  get trailer(): Metadata {
    this.#trailer ??= Metadata();
    return this.#trailer;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  sendHeader(): void {}

  /** Aborts the signal. */
  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }

  get isAborted(): boolean {
    return this.#aborted;
  }

  /** What the implementation put in the trailer; undefined when it did not ask for it. */
  get usedTrailer(): Metadata | undefined {
    return this.#trailer;
  }
}

/**
 * The same context with everything made. Middleware copies a context by spreading it, which the getters of a class do not
 * survive.
 */
export const wholeContext = (context: CallContext): CallContext => ({
  peer: context.peer,
  metadata: context.metadata,
  header: context.header,
  trailer: context.trailer,
  signal: context.signal,
  sendHeader: context.sendHeader,
});
