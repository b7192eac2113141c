/** Wakes whoever watches a saga when something of it became durable. Carries no data: watchers read the log. */
export type Feed = {
  publish(sagaId: string): void;
  /** Calls back after every publish until the returned function is called. */
  subscribe(sagaId: string, wake: () => void): () => void;
};

export function createFeed(): Feed {
  const watchers = new Map<string, Set<() => void>>();
  return {
    publish(sagaId) {
      for (const wake of watchers.get(sagaId) ?? []) wake();
    },
    subscribe(sagaId, wake) {
      const set = watchers.get(sagaId) ?? new Set();
      watchers.set(sagaId, set.add(wake));
      return () => {
        set.delete(wake);
        if (set.size === 0 && watchers.get(sagaId) === set) watchers.delete(sagaId);
      };
    },
  };
}
