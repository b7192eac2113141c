import type { CacheLookup, IdempotencyCache } from '../idempotency-cache.ts';

export type LocalIdempotencyCacheOptions = {
  readonly now: () => number;
  /** Most keys kept; the least recently used goes first. Default 10 000. */
  readonly maxEntries?: number;
  /** Most characters kept, over all entries. Default 16 Mi. */
  readonly maxTotalLength?: number;
  /** How long a key is held for a caller that neither settles nor abandons it. Default 5 000. */
  readonly inFlightTtlMs?: number;
};

type Entry = {
  readonly lookup: Exclude<CacheLookup, { kind: 'fresh' | 'unknown' }>;
  readonly expiresAtMs: number;
  readonly length: number;
};

/** Knows what this process accepted itself, and what it is accepting right now. Bounded in entries and in size. */
export function createLocalIdempotencyCache(options: LocalIdempotencyCacheOptions): IdempotencyCache {
  const { now, inFlightTtlMs = 5_000 } = options;
  const entries = createBoundedMap(options.maxEntries ?? 10_000, options.maxTotalLength ?? 16 * 1024 * 1024);

  function current(id: string): Entry | undefined {
    const entry = entries.get(id);
    if (entry === undefined) return undefined;
    const leftMs = entry.expiresAtMs - now();
    // More time left than it was ever given: the clock was set back, which must not prolong the hold.
    const stuck = entry.lookup.kind === 'inFlight' && leftMs > inFlightTtlMs;
    return leftMs > 0 && !stuck ? entry : undefined;
  }

  return {
    async begin({ scope, key, fingerprint }) {
      const id = entryId(scope, key);
      const known = current(id);
      if (known !== undefined) return known.lookup;
      const length = id.length + fingerprint.length;
      const expiresAtMs = now() + inFlightTtlMs;
      entries.set(id, { lookup: { kind: 'inFlight', fingerprint }, expiresAtMs, length });
      return { kind: 'fresh' };
    },
    async settle({ scope, key, cached, ttlMs }) {
      const id = entryId(scope, key);
      const length = id.length + cached.fingerprint.length + cached.answer.length;
      entries.set(id, { lookup: { kind: 'answered', cached }, expiresAtMs: now() + ttlMs, length });
    },
    async abandon({ scope, key }) {
      const id = entryId(scope, key);
      if (entries.get(id)?.lookup.kind === 'inFlight') entries.delete(id);
    },
    state: () => 'local',
    close: async () => entries.clear(),
  };
}

/** A map that keeps what was used last. A Map iterates in the order of insertion, so re-inserting on use is the order. */
function createBoundedMap(maxEntries: number, maxTotalLength: number) {
  const entries = new Map<string, Entry>();
  let totalLength = 0;

  function remove(id: string): void {
    totalLength -= entries.get(id)?.length ?? 0;
    entries.delete(id);
  }

  function insert(id: string, entry: Entry): void {
    remove(id);
    entries.set(id, entry);
    totalLength += entry.length;
  }

  return {
    get(id: string): Entry | undefined {
      const entry = entries.get(id);
      if (entry !== undefined) insert(id, entry);
      return entry;
    },
    set(id: string, entry: Entry): void {
      insert(id, entry);
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries && totalLength <= maxTotalLength) return;
        remove(oldest);
      }
    },
    delete: remove,
    clear(): void {
      entries.clear();
      totalLength = 0;
    },
  };
}

const entryId = (scope: string, key: string): string => `${scope.length}:${scope}:${key}`;
