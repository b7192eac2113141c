import type { End, Scenario } from './scenarios.ts';
import { stockedProduct } from './scenarios.ts';

/** A client of the shop. Whatever breaks because the shop dies is `undefined`: its client does not know. */
export type Customer = {
  /** The id of the order, once it was acknowledged. The same key is the same order. */
  submit(order: Scenario['order'], key: string): Promise<string | undefined>;
  /** Whether the cancel was acknowledged. */
  cancel(orderId: string): Promise<boolean>;
  /** Waits for the last event of the order's saga; how the order ended. */
  end(orderId: string): Promise<End | undefined>;
  fillStock(): Promise<void>;
};

// An order that takes longer than this is stuck, on any machine.
const longestWaitMs = 120_000;

export function createCustomer(url: string): Customer {
  type Extras = { readonly body?: unknown; readonly headers?: Record<string, string> };
  const send = (method: string, path: string, { body, headers }: Extras = {}) =>
    fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      signal: AbortSignal.timeout(longestWaitMs),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  return {
    submit: (order, key) =>
      orUndefined(async () => {
        const response = await send('POST', '/orders', { body: order, headers: { 'idempotency-key': key } });
        const answer = await response.text();
        if (response.status !== 201)
          throw new Unexpected(`POST /orders was answered ${response.status}: ${answer}`);
        return (JSON.parse(answer) as { readonly id: string }).id;
      }),
    async cancel(orderId) {
      const status = await orUndefined(
        async () => (await send('POST', `/orders/${orderId}/cancel`, { body: {} })).status,
      );
      return status === 202;
    },
    end: (orderId) =>
      orUndefined(async () => {
        // The stream ends by itself after the last event; when it breaks, reading it throws.
        await (await send('GET', `/orders/${orderId}/events`)).text();
        const order = (await (await send('GET', `/orders/${orderId}`)).json()) as { readonly status: string };
        if (order.status === 'CONFIRMED' || order.status === 'CANCELLED') return order.status;
        throw new Unexpected(`order ${orderId} is ${order.status} after the last event of its saga`);
      }),
    async fillStock() {
      const { product_id, available } = stockedProduct;
      const response = await send('PUT', `/stock/${product_id}`, { body: { available } });
      if (!response.ok) throw new Unexpected(`PUT /stock was answered ${response.status}`);
    },
  };
}

/** The shop answered, and its answer is wrong. */
class Unexpected extends Error {
  override readonly name = 'Unexpected';
}

async function orUndefined<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Unexpected) throw error;
    if (error instanceof Error && error.name === 'TimeoutError')
      throw new Unexpected(`the shop did not answer within ${longestWaitMs / 1_000} seconds`);
    return undefined;
  }
}
