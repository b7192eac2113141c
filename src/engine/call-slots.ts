/** `urgent`: compensations and recovered sagas, which go before new orders. */
export type Priority = 'urgent' | 'normal';

/** Bounds the calls in flight, so that a burst waits here, with its deadline not yet running, instead of on the wire. */
export type CallSlots = {
  /** Resolves when the caller holds a slot. */
  acquire(priority: Priority): Promise<void>;
  release(): void;
};

type Admit = () => void;

export function createCallSlots(limit: number): CallSlots {
  const waiters: Record<Priority, Queue<Admit>> = { urgent: createQueue(), normal: createQueue() };
  let taken = 0;

  return {
    acquire(priority) {
      if (taken < limit) {
        taken += 1;
        return Promise.resolve();
      }
      return new Promise((admit) => waiters[priority].push(admit));
    },
    release() {
      const next = waiters.urgent.shift() ?? waiters.normal.shift();
      if (next) next();
      else taken -= 1;
    },
  };
}

type Queue<T> = { push(item: T): void; shift(): T | undefined };

/** First in, first out, without the cost of moving a long array at every shift. */
function createQueue<T>(): Queue<T> {
  let items: T[] = [];
  let head = 0;
  return {
    push: (item) => void items.push(item),
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
