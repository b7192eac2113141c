/** Bounds on one order. The protos of the participants allow no more than the defaults, so they can only be lowered. */
export type OrderLimits = {
  /** Lines of one order. Default 100. */
  readonly maxItems: number;
  /** Units of one line. Default 10 000. */
  readonly maxQuantity: number;
  /** Characters (code points) of a customer or product id. Default 128. */
  readonly maxIdLength: number;
};

/** Bounds on what clients can make the gateway hold or wait for. */
export type GatewayLimits = OrderLimits & {
  /** Body of one request. Default 65 536. */
  readonly maxBodyBytes: number;
  /** Request line and headers together; more is 431. Default 8 192. */
  readonly maxHeaderBytes: number;
  /** Open HTTP connections; further ones are dropped. Default 4 096. */
  readonly maxConnections: number;
  /** Unanswered requests on one connection; a client that sends one more is hung up on. Default 16. */
  readonly maxPipelined: number;
  /** Requests that wait for an earlier one on their connection, over all connections; as above. Default 4 096. */
  readonly maxPipelinedInAll: number;
  /** Open server-sent event streams; further ones get 503. Default 256. */
  readonly maxEventStreams: number;
  /** How long the headers of a request may take to arrive. Default 10 000. */
  readonly headersTimeoutMs: number;
  /** How long a whole request may take to arrive. Default 20 000. */
  readonly requestTimeoutMs: number;
  /** How long an idle connection is kept. Default 30 000. */
  readonly keepAliveTimeoutMs: number;
  /**
   * How long a connection may stand still, with nothing sent and nothing taken: a client that reads no answers is hung
   * up on after once or twice this long. Must be longer than `maxWaitMs` and `heartbeatMs`, during which silence is
   * expected. Default 90 000.
   */
  readonly stillTimeoutMs: number;
  /** Time between comments on an event stream; a client that takes nothing for two is dropped. Default 15 000. */
  readonly heartbeatMs: number;
  /** Deadline of a call that only reads. Default 2 000. */
  readonly readTimeoutMs: number;
  /** Deadline of one health question to a participant. Default 500. */
  readonly healthTimeoutMs: number;
  /** How long a result of `/readyz` is reused. Default 1 000. */
  readonly healthCacheMs: number;
  /** How long an idempotency key is remembered. Default 24 hours. */
  readonly idempotencyTtlMs: number;
  /** How long a request waits for another one with the same key in another process. Default 2 000. */
  readonly inFlightWaitMs: number;
  /** Longest wait that a client gets with `Prefer: wait`, in whole seconds. Default 60 000. */
  readonly maxWaitMs: number;
  /** How long `close` waits for requests in flight. Default 5 000. */
  readonly closeTimeoutMs: number;
};

export const defaultLimits: GatewayLimits = {
  maxItems: 100,
  maxQuantity: 10_000,
  maxIdLength: 128,
  maxBodyBytes: 65_536,
  maxHeaderBytes: 8_192,
  maxConnections: 4_096,
  maxPipelined: 16,
  maxPipelinedInAll: 4_096,
  maxEventStreams: 256,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 20_000,
  keepAliveTimeoutMs: 30_000,
  stillTimeoutMs: 90_000,
  heartbeatMs: 15_000,
  readTimeoutMs: 2_000,
  healthTimeoutMs: 500,
  healthCacheMs: 1_000,
  idempotencyTtlMs: 24 * 60 * 60_000,
  inFlightWaitMs: 2_000,
  maxWaitMs: 60_000,
  closeTimeoutMs: 5_000,
};
