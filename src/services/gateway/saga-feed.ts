/** Changes of sagas that are sent together. */
export type FeedBatch<T> = {
  /** One for each saga that changed, as it is now, newest change last. */
  readonly changes: readonly T[];
  /** How many more sagas changed than there was room for; read the list again to see them. */
  readonly omitted: number;
};

/**
 * Tells every listener what changes, at most once in `everyMs`, however much happens: what changed several times is
 * told once, in its latest state, and when too much changed, only the latest changes are told. Nothing is rendered
 * while nobody listens.
 */
export type SagaFeed<T> = {
  /** @param render makes what listeners get; called at most once, later */
  publish(sagaId: string, render: () => T): void;
  /** Batches from now on, until the signal aborts. Nothing earlier: a listener reads the lists first. */
  listen(signal: AbortSignal): AsyncIterable<FeedBatch<T>>;
};

export type SagaFeedOptions = {
  /** Default 250. */
  readonly everyMs?: number;
  /** Changes in one batch. Default 60, about a screen. */
  readonly maxChanges?: number;
  /** Batches that wait for a slow listener before the older ones are dropped. Default 4. */
  readonly maxWaiting?: number;
};

type Listener<T> = { waiting: FeedBatch<T>[]; omitted: number; wake: () => void };

export function createSagaFeed<T>({
  everyMs = 250,
  maxChanges = 60,
  maxWaiting = 4,
}: SagaFeedOptions = {}): SagaFeed<T> {
  const listeners = new Set<Listener<T>>();
  let changed = new Map<string, () => T>();
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    timer = undefined;
    const all = [...changed.values()];
    changed = new Map();
    if (listeners.size === 0) return;
    const told = all.slice(-maxChanges);
    const batch = { changes: told.map((render) => render()), omitted: all.length - told.length };
    for (const listener of listeners) give(listener, batch);
  }

  function give(listener: Listener<T>, batch: FeedBatch<T>): void {
    listener.waiting.push(batch);
    const dropped = listener.waiting.length > maxWaiting ? listener.waiting.shift() : undefined;
    if (dropped) listener.omitted += dropped.changes.length + dropped.omitted;
    listener.wake();
  }

  return {
    publish(sagaId, render) {
      if (listeners.size === 0) return;
      // Deleted first, so that the order of the map is the order of the latest changes.
      changed.delete(sagaId);
      changed.set(sagaId, render);
      if (timer === undefined) timer = setTimeout(flush, everyMs).unref();
    },
    async *listen(signal) {
      const listener: Listener<T> = { waiting: [], omitted: 0, wake: () => {} };
      const wake = (): void => listener.wake();
      listeners.add(listener);
      signal.addEventListener('abort', wake);
      try {
        while (!signal.aborted) {
          const batch = listener.waiting.shift();
          if (batch === undefined) {
            await new Promise<void>((resolve) => {
              listener.wake = resolve;
            });
            continue;
          }
          const { omitted } = listener;
          listener.omitted = 0;
          yield { ...batch, omitted: batch.omitted + omitted };
        }
      } finally {
        listeners.delete(listener);
        signal.removeEventListener('abort', wake);
      }
    },
  };
}
