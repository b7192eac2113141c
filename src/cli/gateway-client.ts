import type { NewVerification, VerificationAnswer } from '../contract/books.ts';
import type {
  BulkAnswer,
  BulkCommand,
  DecisionKind,
  ExplanationAnswer,
  InboxAnswer,
  SagaCommand,
  SkipCommand,
} from '../contract/decisions.ts';
import type { EngineAnswer, PauseRequest } from '../contract/engine.ts';
import type { FaultsAnswer, NewFaults } from '../contract/faults.ts';
import type { NewOrder, OrderAnswer, OrderPage } from '../contract/orders.ts';
import type { EventAnswer, SagaAnswer, SagaPage } from '../contract/sagas.ts';
import type { StockAnswer, StockListAnswer } from '../contract/stock.ts';
import { readServerEvents } from '../server-events.ts';
import { GatewayUnreachable, readJson, send, timeoutMs } from './http-call.ts';

export type PageQuery = Readonly<Record<string, string | number | undefined>>;

/** Asks the gateway to answer when the order has ended, or after this long. Default: at once. */
export type WaitOptions = { readonly waitSeconds?: number | undefined };

/**
 * The answer to a submission: the first one, or the order after a wait; `replayed` when the key was used for it before.
 */
export type Submitted = { readonly order: OrderAnswer; readonly replayed: boolean };

/**
 * The gateway's HTTP API. Every failure is a `GatewayError` or a `GatewayUnreachable` whose message is written for the
 * person at the terminal.
 */
export type GatewayClient = {
  readonly url: string;
  submitOrder(order: NewOrder, idempotencyKey: string, options?: WaitOptions): Promise<Submitted>;
  getOrder(id: string, options?: WaitOptions): Promise<OrderAnswer>;
  listOrders(query: PageQuery): Promise<OrderPage>;
  cancelOrder(id: string, reason: string | undefined): Promise<OrderAnswer>;
  /** For whoever may read the order; texts for operators are empty for everyone else. */
  getOrderSaga(id: string): Promise<SagaAnswer>;
  getSaga(id: string): Promise<SagaAnswer>;
  listSagas(query: PageQuery): Promise<SagaPage>;
  intervene(id: string, what: DecisionKind, command: SagaCommand | SkipCommand): Promise<SagaAnswer>;
  interveneInBulk(command: BulkCommand): Promise<BulkAnswer>;
  readInbox(): Promise<InboxAnswer>;
  explainSaga(id: string): Promise<ExplanationAnswer>;
  getEngine(): Promise<EngineAnswer>;
  switchEngine(to: 'pause' | 'resume', request: PauseRequest): Promise<EngineAnswer>;
  listStock(): Promise<readonly StockAnswer[]>;
  setStock(productId: string, available: number): Promise<StockAnswer>;
  listFaults(): Promise<FaultsAnswer>;
  setFaults(faults: NewFaults): Promise<FaultsAnswer>;
  /** Starts a check of the books, or joins the one that is under way. */
  startVerification(request: NewVerification): Promise<VerificationAnswer>;
  getVerification(id: string): Promise<VerificationAnswer>;
  /** The saga's events with a greater seq, until the server ends the stream or the signal aborts. */
  events(id: string, afterSeq: number, signal: AbortSignal): AsyncIterable<EventAnswer>;
};

export type GatewayClientOptions = {
  /** Without a slash at the end. */
  readonly url: string;
  /** Sent as a bearer token. Default none. */
  readonly token?: string | undefined;
};

type Headers = Readonly<Record<string, string>>;
type CallOptions = WaitOptions & { readonly body?: unknown; readonly headers?: Headers };
type Call = (method: string, path: string, options?: CallOptions) => Promise<Response>;

export function createGatewayClient({ url, token }: GatewayClientOptions): GatewayClient {
  const authorization: Headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const call: Call = (method, path, { body, headers, waitSeconds } = {}) => {
    const limitMs = timeoutMs + (waitSeconds ?? 0) * 1_000;
    return send(url, path, {
      limitMs,
      method,
      signal: AbortSignal.timeout(limitMs),
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        ...authorization,
        ...(waitSeconds !== undefined && { prefer: `wait=${waitSeconds}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  };
  const read = async <T>(response: Promise<Response>): Promise<T> =>
    (await readJson(await response, url)) as T;
  return {
    url,
    async submitOrder(body, idempotencyKey, options) {
      const headers = { 'idempotency-key': idempotencyKey };
      const response = await call('POST', '/orders', { ...options, body, headers });
      const replayed = response.headers.get('idempotency-replayed') === 'true';
      return { order: (await readJson(response, url)) as OrderAnswer, replayed };
    },
    getOrder: (id, options) => read(call('GET', `/orders/${segment(id)}`, options)),
    listOrders: (query) => read(call('GET', `/orders${queryText(query)}`)),
    cancelOrder: (id, reason) =>
      read(call('POST', `/orders/${segment(id)}/cancel`, { body: reason === undefined ? {} : { reason } })),
    getOrderSaga: (id) => read(call('GET', `/orders/${segment(id)}/saga`)),
    getSaga: (id) => read(call('GET', `/sagas/${segment(id)}`)),
    listSagas: (query) => read(call('GET', `/sagas${queryText(query)}`)),
    intervene: (id, what, command) => read(call('POST', `/sagas/${segment(id)}/${what}`, { body: command })),
    interveneInBulk: (body) => read(call('POST', '/sagas/commands', { body })),
    readInbox: () => read(call('GET', '/inbox')),
    explainSaga: (id) => read(call('GET', `/sagas/${segment(id)}/explanation`)),
    getEngine: () => read(call('GET', '/engine')),
    switchEngine: (to, body) => read(call('POST', `/engine/${to}`, { body })),
    listStock: async () => (await read<StockListAnswer>(call('GET', '/stock'))).stock,
    setStock: (productId, available) =>
      read(call('PUT', `/stock/${segment(productId)}`, { body: { available } })),
    listFaults: () => read(call('GET', '/faults')),
    setFaults: (body) => read(call('PUT', '/faults', { body })),
    startVerification: (body) => read(call('POST', '/verifications', { body })),
    getVerification: (id) => read(call('GET', `/verifications/${segment(id)}`)),
    events: (id, afterSeq, signal) => readEvents({ url, id, afterSeq, signal, authorization }),
  };
}

type EventQuery = {
  readonly url: string;
  readonly id: string;
  readonly afterSeq: number;
  readonly signal: AbortSignal;
  readonly authorization: Headers;
};

async function* readEvents({
  url,
  id,
  afterSeq,
  signal,
  authorization,
}: EventQuery): AsyncGenerator<EventAnswer> {
  const lastSeen: Headers = afterSeq > 0 ? { 'last-event-id': String(afterSeq) } : {};
  const headers = { accept: 'text/event-stream', ...authorization, ...lastSeen };
  const response = await send(url, `/orders/${segment(id)}/events`, { headers, signal });
  if (response.status === 204) return;
  if (!response.ok || response.body === null) {
    await readJson(response, url);
    return;
  }
  try {
    for await (const { data } of readServerEvents(response.body)) yield JSON.parse(data) as EventAnswer;
  } catch (error) {
    signal.throwIfAborted();
    throw new GatewayUnreachable(`The gateway at ${url} stopped answering.`, 1, error);
  }
}

const segment = encodeURIComponent;

function queryText(query: PageQuery): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  return params.size === 0 ? '' : `?${params}`;
}
