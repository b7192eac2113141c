/** What the fast path knows about a key. The database's unique row decides; this only saves the trip. */
export type CachedAnswer = { readonly fingerprint: string; readonly answer: string };

/**
 * - `fresh`: nobody is known to have used the key; the caller now holds it until `settle` or `abandon`, or for a few seconds.
 * - `answered`: the first answer is known.
 * - `inFlight`: somebody else is accepting a request with this key right now.
 * - `unknown`: the cache cannot tell (it is down or slow); go to the database.
 */
export type CacheLookup =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'answered'; readonly cached: CachedAnswer }
  | { readonly kind: 'inFlight'; readonly fingerprint: string }
  | { readonly kind: 'unknown' };

/**
 * A shared fast path and lock in front of the idempotency rows. Never throws and never blocks for long: when it
 * cannot answer it says `unknown`, and the caller is as correct as before, only slower.
 */
export type IdempotencyCache = {
  begin(claim: {
    readonly scope: string;
    readonly key: string;
    readonly fingerprint: string;
  }): Promise<CacheLookup>;
  settle(settled: {
    readonly scope: string;
    readonly key: string;
    readonly cached: CachedAnswer;
    readonly ttlMs: number;
  }): Promise<void>;
  abandon(claim: { readonly scope: string; readonly key: string }): Promise<void>;
  /** For readiness and metrics. */
  state(): 'connected' | 'degraded' | 'local';
  close(): Promise<void>;
};
