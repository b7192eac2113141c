/** `urgent`: compensations and recovered sagas, which go before new orders. */
export type Priority = 'urgent' | 'normal';

/** Bounds the calls in flight, so that a burst waits here, with its deadline not yet running, instead of on the wire. */
export type CallSlots = {
  /** Resolves when the caller holds a slot. */
  acquire(priority: Priority): Promise<void>;
  release(): void;
  waiting(): number;
  /** How long the longest-waiting normal caller has waited; 0 when nobody waits. */
  delayMs(): number;
};

type Waiter = { readonly since: number; readonly admit: () => void };

export function createCallSlots(limit: number, now: () => number): CallSlots {
  const waiters: Record<Priority, Queue<Waiter>> = { urgent: createQueue(), normal: createQueue() };
  let taken = 0;

  return {
    acquire(priority) {
      if (taken < limit) {
        taken += 1;
        return Promise.resolve();
      }
      return new Promise((admit) => waiters[priority].push({ since: now(), admit }));
    },
    release() {
      const next = waiters.urgent.shift() ?? waiters.normal.shift();
      if (next) next.admit();
      else taken -= 1;
    },
    waiting: () => waiters.urgent.size() + waiters.normal.size(),
    delayMs() {
      const first = waiters.normal.peek();
      return first ? now() - first.since : 0;
    },
  };
}

type Queue<T> = { push(item: T): void; shift(): T | undefined; peek(): T | undefined; size(): number };

/** First in, first out, without the cost of moving a long array at every shift. */
function createQueue<T>(): Queue<T> {
  let items: T[] = [];
  let head = 0;
  return {
    push: (item) => void items.push(item),
    peek: () => items[head],
    size: () => items.length - head,
    shift() {
      const item = items[head];
      if (item === undefined) return undefined;
      head += 1;
      if (head > 1_024 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
  };
}
