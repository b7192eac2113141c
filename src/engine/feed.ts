import type { LoggedEvent } from '../stores/saga-log.ts';

/** Tells the watchers of a saga which of its events became durable, of those that this process appended. */
export type Feed = {
  publish(sagaId: string, row: LoggedEvent): void;
  /** Calls back with every row until the returned function is called. */
  subscribe(sagaId: string, tell: (row: LoggedEvent) => void): () => void;
};

export function createFeed(): Feed {
  const watchers = new Map<string, Set<(row: LoggedEvent) => void>>();
  return {
    publish(sagaId, row) {
      for (const tell of watchers.get(sagaId) ?? []) tell(row);
    },
    subscribe(sagaId, tell) {
      const set = watchers.get(sagaId) ?? new Set();
      watchers.set(sagaId, set.add(tell));
      return () => {
        set.delete(tell);
        if (set.size === 0 && watchers.get(sagaId) === set) watchers.delete(sagaId);
      };
    },
  };
}
