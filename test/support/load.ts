import type { NewOrder } from '../../src/contract/orders.ts';
import { asAsked, type Shop } from './shop.ts';
import type { System } from './system.ts';

/** An order for which a client has seen a 201. */
export type Acknowledged = { readonly orderId: string; readonly key: string; readonly answer: string };

export type LoadOptions = {
  readonly system: Pick<System, 'up'>;
  readonly shop: Shop;
  /** Clients that each have one order under way. */
  readonly clients: number;
  readonly order: (number: number) => NewOrder;
  /** Stop after this many orders. Default: never. */
  readonly orders?: number;
};

/** Clients that keep ordering: they wait when they are told to, and repeat a request whose answer did not come. */
export type Load = {
  readonly acknowledged: readonly Acknowledged[];
  /** Answers that no client should ever get. */
  readonly surprises: readonly string[];
  /** Resolves once this many more orders were acknowledged. */
  more(orders: number): Promise<void>;
  /** Lets every client end its order. Resolves by itself when `orders` is given. */
  stop(): Promise<void>;
  readonly done: Promise<void>;
};

// A gateway that is up and does not answer again and again is a finding, not a restart.
const mostFailures = 200;

export function startLoad({
  system,
  shop,
  clients,
  order,
  orders = Number.POSITIVE_INFINITY,
}: LoadOptions): Load {
  const acknowledged: Acknowledged[] = [];
  const surprises: string[] = [];
  const waiting = new Set<() => void>();
  let next = 0;
  let stopped = false;

  async function client(): Promise<void> {
    while (!stopped && next < orders) {
      const number = next;
      next += 1;
      await submit(order(number), crypto.randomUUID());
    }
  }

  async function submit(body: NewOrder, key: string): Promise<void> {
    for (let failures = 0; failures < mostFailures; ) {
      await system.up();
      const reply = await shop
        .ask('POST', '/orders', { body, headers: { 'idempotency-key': key } })
        .catch(() => undefined);
      if (reply === undefined) failures += 1;
      else if (reply.status === 503 || reply.status === 409) await asAsked(reply.headers);
      else return note(reply.status, reply.text, key);
    }
    throw new Error(`a gateway that is up did not answer ${mostFailures} times`);
  }

  function note(status: number, answer: string, key: string): void {
    if (status === 201) acknowledged.push({ orderId: JSON.parse(answer).id, key, answer });
    else surprises.push(`${status} ${answer}`);
    for (const check of waiting) check();
  }

  const done = Promise.all(Array.from({ length: clients }, client)).then(() => {});
  // Whoever awaits `done` sees it; nobody may have to.
  done.catch(() => {});
  return {
    acknowledged,
    surprises,
    done,
    more(count) {
      const goal = acknowledged.length + count;
      return new Promise((resolve) => {
        const check = (): void => {
          if (acknowledged.length < goal) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      });
    },
    async stop() {
      stopped = true;
      await done;
    },
  };
}
