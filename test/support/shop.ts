import { createGatewayClient, type GatewayClient } from '../../src/cli/gateway-client.ts';
import type { NewOrder, OrderAnswer } from '../../src/contract/orders.ts';
import type { EventAnswer } from '../../src/contract/sagas.ts';

/** An answer as it came. */
export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined when the text is no JSON. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
};

/** A customer's view of a shop. */
export type Shop = GatewayClient & {
  /** Sends one request; any status is an answer. */
  ask(method: string, path: string, options?: AskOptions): Promise<Reply>;
  /** Submits an order that must be accepted. */
  place(order: NewOrder, key?: string): Promise<OrderAnswer>;
  /** Cancels an order that can be cancelled, as soon as somebody can be asked. */
  cancelPatiently(id: string): Promise<void>;
  /** Waits for the end of the order's saga and shows the order then. */
  ended(id: string): Promise<OrderAnswer>;
  /** Every event of the saga, up to its last. */
  story(id: string): Promise<readonly EventAnswer[]>;
};

export type AskOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
};

export function createShop(url: string): Shop {
  const gateway = createGatewayClient({ url });

  async function ask(method: string, path: string, { headers, body }: AskOptions = {}): Promise<Reply> {
    const response = await fetch(url + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: jsonFrom(text) };
  }

  async function story(id: string): Promise<readonly EventAnswer[]> {
    const events: EventAnswer[] = [];
    const patience = AbortSignal.timeout(60_000);
    try {
      for await (const event of gateway.events(id, 0, patience)) events.push(event);
    } catch (error) {
      if (!patience.aborted) throw error;
      throw new Error(`after a minute ${id} is ${(await ask('GET', `/sagas/${id}`)).text}`, { cause: error });
    }
    return events;
  }

  return {
    ...gateway,
    ask,
    story,
    async place(order, key = crypto.randomUUID()) {
      return (await gateway.submitOrder(order, key)).order;
    },
    async cancelPatiently(id) {
      for (;;) {
        const reply = await ask('POST', `/orders/${id}/cancel`);
        if (reply.status === 202) return;
        if (reply.status !== 503) throw new Error(`cancelling ${id} was answered ${reply.text}`);
        await asAsked(reply.headers);
      }
    },
    async ended(id) {
      await story(id);
      return gateway.getOrder(id);
    },
  };
}

function jsonFrom(text: string): Reply['json'] {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One line of an order, and who wants it. */
export const orderOf = (
  productId: string,
  { quantity = 1, price = 10, customer = 'cust_1' } = {},
): NewOrder => ({ customer_id: customer, items: [{ product_id: productId, quantity, price }] });

/** What a polite client does with Retry-After. */
export const asAsked = (headers: Headers): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Number(headers.get('retry-after') ?? 1) * 1_000));
