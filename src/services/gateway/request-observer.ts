/** One HTTP request being traced and logged. */
export type RequestSpan = {
  /** W3C traceparent that becomes the parent of everything done for the request. Always well-formed. */
  readonly traceparent: string;
  /** The answer was sent; 499 when the client went away before there was one. Only the first call counts. */
  end(status: number): void;
};

/** What is known when a request comes in. */
export type IncomingRequest = {
  readonly method: string;
  /** The route's template, e.g. `/orders/{id}`; never the path itself, which would be of unbounded cardinality. */
  readonly route: string;
  readonly requestId: string;
  /** The client's, when it is well-formed. */
  readonly traceparent: string | undefined;
};

/** How the gateway tells what it does. Every method returns at once and never throws. */
export type RequestObserver = {
  begin(request: IncomingRequest): RequestSpan;
  /** What became of an order that came with an idempotency key. */
  submitted(result: 'accepted' | 'replayed' | 'mismatch' | 'inFlight'): void;
  /** An error whose cause was not revealed to the client. */
  trouble(
    error: unknown,
    context: { readonly what: string; readonly requestId?: string; readonly traceId?: string },
  ): void;
};

/** Traces nothing: passes the client's traceparent on, or the one that `makeTraceparent` makes. */
export const silentRequestObserver = (makeTraceparent: () => string): RequestObserver => ({
  begin: ({ traceparent }) => ({ traceparent: traceparent ?? makeTraceparent(), end: () => {} }),
  submitted: () => {},
  trouble: () => {},
});
